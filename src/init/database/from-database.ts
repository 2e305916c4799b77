/** `init --from postgres://…`: the catalogue of a database → a folder whose declaration reads its tables. */
import { parsePipeline } from '../../adapters/definition/pipeline';
import { DECLARATION, type PipelineFiles } from '../../adapters/definition/read';
import { duckDbEngine } from '../../adapters/engines/duckdb';
import { duckDb } from '../../adapters/engines/duckdb/client';
import { addressOf } from '../../adapters/sources/postgres/address';
import { cutFacts } from '../../adapters/sources/postgres/cut';
import { type Database, openDatabase } from '../../adapters/sources/postgres/database';
import { DaybreakError } from '../../domain/failure';
import { framed } from '../declaration';
import type { TableFacts } from '../facts';
import { expectNothing, machineZone, writeFolder } from '../folder';
import type { Reference } from '../guesses';
import { reservedWords } from '../from-files';
import { firstModels, type ModelText, type Quote, quoting } from '../models';
import { ownName, type OwnName } from '../own-name';
import { schemaFile } from '../schema-file';
import { plainName } from '../text-types';
import { findTables, type FoundTable, fullName } from './catalog';
import { type LeftOut, propose, type Proposal } from './propose';
import { type Reading, tableLines } from './text';

export interface FromDatabaseOptions {
  /** Absolute. */
  readonly folder: string;
  readonly url: string;
  /** `orders`, `shop.orders` or `shop.*`; none means every table on the search path, or of the only schema. */
  readonly tables: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where the store is, if there is one: it knows which names are used. */
  readonly home: string;
}

export interface MadeFromDatabase extends OwnName {
  readonly folder: string;
  readonly files: readonly string[];
  /** What the worker's environment must have the URL in, and whether ours has. */
  readonly variable: string;
  readonly isSet: boolean;
  readonly sources: readonly {
    readonly name: string;
    readonly table: string;
    readonly rows: number | null;
    readonly key: readonly string[];
    readonly cursor: string | null;
    readonly parent: string | null;
  }[];
  readonly leftOut: readonly LeftOut[];
  readonly models: readonly string[];
  /** Lines that a person is to confirm. */
  readonly guesses: number;
}

const WHERE = 'the database after --from';
const STATEMENT_TIMEOUT_MS = 30_000;
const LOCK_TIMEOUT_MS = 5_000;
/** Longer than most transactions; a guess. */
const LAG = '1h';
const LITTLE_BYTES = 200_000_000;

/** Of the environment the one that has the URL already, else one named like the database. */
function variableOf(url: string, environment: FromDatabaseOptions['environment']): string {
  const known = Object.keys(environment).find((name) => environment[name] === url && /^[A-Z_][A-Z0-9_]*$/.test(name));
  if (known !== undefined) return known;
  const plain = plainName(addressOf(url, environment, WHERE).database).toUpperCase();
  const named = /^[A-Z]/.test(plain) ? plain : `DB_${plain}`.replace(/_$/, '');
  return named.endsWith('DATABASE') ? `${named}_URL` : `${named}_DATABASE`;
}

/** Fails as `BadRequest` where a name means no table, or none is meant at all. */
function chosen(all: readonly FoundTable[], names: readonly string[]): FoundTable[] {
  const shown = [...new Set(all.map(({ schema }) => schema))].map((schema) => `--table '${schema}.*'`);
  const refused = (what: string) =>
    new DaybreakError('BadRequest', {
      where: WHERE,
      what,
      expected:
        all.length === 0
          ? 'a database with tables'
          : `tables that are there, such as ${all.slice(0, 5).map(fullName).join(', ')}`,
      next: all.length === 0 ? 'correct the URL' : `name tables with --table, or all of a schema: ${shown.join(', ')}`,
    });
  if (names.length === 0) {
    const schemas = new Set(all.map(({ schema }) => schema));
    const found = schemas.size === 1 ? [...all] : all.filter(({ onPath }) => onPath);
    if (found.length > 0) return found;
    throw refused('no table is on the search path of the database');
  }
  const found = names.map((name) => {
    const own = all.filter((table) =>
      name.endsWith('.*')
        ? table.schema === name.slice(0, -2)
        : name.includes('.')
          ? fullName(table) === name
          : table.name === name && table.onPath,
    );
    if (own.length === 0) throw refused(`there is no table ${name}`);
    return own;
  });
  return all.filter((table) => found.some((own) => own.includes(table)));
}

/** Why a `lag` must be declared, where it must. */
async function lagFor(database: Database, proposals: readonly Proposal[]): Promise<Reading['lag']> {
  if (!proposals.some(({ cursor }) => cursor !== undefined)) return undefined;
  const facts = await cutFacts(database, {});
  const longest = `no transaction stays open for longer than ${LAG}`;
  if (facts.replica !== null) return { value: LAG, why: `${longest}; a replica does not know which are open` };
  if (facts.subscribes) return { value: LAG, why: `${longest}; the rows come from another database` };
  if (facts.sees) return undefined;
  return { value: LAG, why: `${longest}; not needed after GRANT pg_read_all_stats TO "${facts.user}"` };
}

/** What the catalogue tells, as if the rows had been looked at. */
function factsOf({ table, name, key, columns }: Proposal): TableFacts {
  const rows = table.rows ?? 1;
  return {
    draft: { name, type: 'csv', columns: [], settings: {}, guesses: {}, files: [], pattern: '', drafts: [] },
    rows,
    key,
    columns: columns.map(({ name: column, declared }) => ({
      name: column,
      type: declared,
      values: table.columns.find((found) => found.name === column)?.notNull === true ? rows : 1,
      distinct: 1,
      least: null,
      most: null,
      longest: 0,
    })),
  };
}

/** What came a day, and what belongs to each row of another table; where there is neither, the rows of one table. */
function modelsOf(proposals: readonly Proposal[], quote: Quote): ModelText[] {
  const facts = new Map(proposals.map((proposal) => [proposal.table.oid, factsOf(proposal)]));
  const references = proposals.flatMap(({ table, parent }) =>
    table.foreignKeys.flatMap(({ to, columns, toColumns }): Reference[] => {
      const [from, other] = [facts.get(table.oid), facts.get(to)];
      const [column, second] = columns;
      const [toColumn = ''] = toColumns;
      if (from === undefined || other === undefined || to === table.oid || column === undefined || second !== undefined)
        return [];
      // The lines of an order are not what people ask for first.
      return parent === undefined ? [{ from, column, to: other, toColumn, values: 1, orphans: 0 }] : [];
    }),
  );
  const all = firstModels([...facts.values()], references, quote);
  const some = all.filter(({ name }) => !name.endsWith('_rows'));
  return some.length > 0 ? some : all.slice(0, 1);
}

/** Makes the folder. Fails as `BadRequest` where the database cannot be declared, and as databases fail. */
export async function initFromDatabase(options: FromDatabaseOptions): Promise<MadeFromDatabase> {
  const { folder, url, environment } = options;
  await expectNothing(folder);
  const variable = variableOf(url, environment);
  const database = openDatabase({
    ...{ url, environment, applicationName: 'daybreak init', where: WHERE },
    ...{ statementTimeoutMs: STATEMENT_TIMEOUT_MS, lockTimeoutMs: LOCK_TIMEOUT_MS },
  });
  const db = duckDb();
  const engine = duckDbEngine(db);
  try {
    const { proposals, leftOut } = propose(chosen(await findTables(database), options.tables));
    if (proposals.length === 0) {
      throw new DaybreakError('BadRequest', {
        where: WHERE,
        what: `none of the tables can be read:\n${leftOut.map(({ table, why }) => `  ${table}: ${why}`).join('\n')}`,
        next: 'mend that, or name other tables with --table',
      });
    }
    const lag = await lagFor(database, proposals);
    const reading = { connection: `\${env:${variable}}`, ...(lag === undefined ? {} : { lag }) };
    const own = await ownName(folder, options.home);
    const schema = await schemaFile();
    const zone = machineZone();
    const yaml = framed(
      {
        own,
        zone: { value: zone, guess: 'the zone of this machine' },
        currency: { value: 'EUR', guess: 'nothing in a catalogue tells' },
        schema: `./${schema.name}`,
      },
      [
        `# Written by \`daybreak init\` from the catalogue of a database. ${variable} holds its URL, where the worker runs.`,
        '# Please confirm what says "guess:". `daybreak validate` shows every mistake, and how tables differ by then.',
        '# docs/postgres.md says what the reader must be allowed, and which guarantees a cursor and a key give.',
      ],
      proposals.map((proposal) => tableLines(proposal, reading)),
    );
    const session = await db.session('init', { folders: [], memoryBytes: LITTLE_BYTES, threads: 1, zone, setup: [] });
    const models = modelsOf(proposals, quoting(await reservedWords({ session })));
    const sql = Object.fromEntries(models.map((model) => [`models/${model.name}.sql`, model.sql]));
    const files: PipelineFiles = { folder, yaml, sql, models: Object.keys(sql) };
    // What is written is what the product understands.
    await parsePipeline(files, engine, { parameters: {}, environment: { [variable]: url } });
    const written = { [DECLARATION]: yaml, ...sql, [schema.name]: schema.text };
    await writeFolder(folder, written);
    return {
      ...own,
      ...{ folder, files: Object.keys(written), variable, isSet: environment[variable] === url, leftOut },
      sources: proposals.map(({ name, table, key, cursor, parent }) => ({
        ...{ name, table: fullName(table), rows: table.rows, key },
        ...{ cursor: cursor?.column ?? null, parent: parent?.name ?? null },
      })),
      models: models.map(({ name }) => name),
      guesses: yaml.split('\n').filter((line) => /# guess:/.test(line)).length,
    };
  } finally {
    await database.close();
    await engine.close();
  }
}

/** `init --from`: people's files → a declaration that holds for them, proven by reading them through it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parsePipeline } from '../adapters/definition/pipeline';
import { DECLARATION, type PipelineFiles } from '../adapters/definition/read';
import { duckDbEngine } from '../adapters/engines/duckdb';
import { duckDb } from '../adapters/engines/duckdb/client';
import { measure } from '../adapters/engines/duckdb/measure';
import { setVariables } from '../adapters/engines/duckdb/variables';
import { expand } from '../adapters/sources/glob';
import {
  checkSchema,
  columnList,
  type FileSourceDefinition,
  fileSourceSchema,
  withColumnOrder,
} from '../domain/definition';
import { DaybreakError } from '../domain/failure';
import { sqlVariables } from '../domain/parameters';
import { identifier, literal, withoutSemicolon } from '../domain/sql';
import { addDays, localDay } from '../domain/window';
import { currencyOf } from './currency';
import { acceptOf, declarationText, mappingFile, mappingOf, type WrittenSource } from './declaration';
import type { Bench, CheckDraft, SourceDraft } from './draft';
import { tableFacts, type TableFacts } from './facts';
import { expectNothing, machineZone, writeFolder } from './folder';
import { givenFiles, groupFiles } from './given';
import { checksOf, references } from './guesses';
import { firstModels, type ModelText, quoting } from './models';
import { type OwnName, ownName } from './own-name';
import { readAll, withRoom } from './read-all';
import { schemaFile } from './schema-file';
import { type Odd, oddValues, placeOf, toldOdd } from './set-aside';

export interface FromFilesOptions {
  /** Absolute. */
  readonly folder: string;
  /** Files, folders and globs, seen from `base`. */
  readonly from: readonly string[];
  readonly base: string;
  /** Where the store is, if there is one: it knows which names are used. */
  readonly home: string;
  readonly now: Date;
  readonly memoryBytes: number;
  readonly threads: number;
}

export interface MadeSource {
  readonly name: string;
  readonly path: string;
  readonly files: number;
  readonly rows: number;
  readonly quarantined: number;
  /** Columns some of whose values are none of their type. */
  readonly odd: readonly Odd[];
  readonly key: readonly string[] | null;
}

export interface MadePipeline extends OwnName {
  readonly folder: string;
  readonly files: readonly string[];
  readonly sources: readonly MadeSource[];
  readonly models: readonly string[];
  /** Lines that a person is to confirm. */
  readonly guesses: number;
}

interface Read extends TableFacts {
  readonly definition: FileSourceDefinition;
  readonly quarantined: number;
  readonly odd: readonly Odd[];
}

/** A column's odd values are a guess like others, for the person to confirm. */
function withOdd(draft: SourceDraft, odd: readonly Odd[], all: number): SourceDraft {
  const drafts = draft.drafts.map((column) => {
    const found = odd.find((one) => one.column === column.name);
    if (found === undefined) return column;
    return { ...column, guess: [column.guess, toldOdd(found, all)].filter((piece) => piece !== undefined).join('; ') };
  });
  return { ...draft, drafts };
}

/** What the draft declares, as the product understands it. */
const definitionOf = (draft: SourceDraft, path: string): FileSourceDefinition =>
  withColumnOrder(
    fileSourceSchema.parse({
      type: draft.type,
      path,
      ...draft.settings,
      columns: Object.fromEntries(draft.drafts.map(({ name, declared }) => [name, declared])),
      accept: acceptOf(draft),
    }),
    draft.drafts.map(({ name }) => name),
  );

/** Reads a source by its declaration, and leaves its table in the session. */
async function readSource(profiled: SourceDraft, bench: Bench): Promise<Read> {
  let draft = profiled;
  let definition = definitionOf(draft, draft.pattern);
  const mapping = mappingOf(draft);
  const source = { name: draft.name, definition, ...(mapping === undefined ? {} : { mapping }) };
  const read = await readAll(`${draft.name}-typed`, source, '/', bench);
  const all = read.rows + read.quarantined;
  const expected = draft.drafts.reduce((sum, { odd = 0 }) => sum + odd, definition.max_quarantined * all);
  const [example] = read.examples;
  if (read.quarantined > expected) {
    throw new DaybreakError('Bug', {
      where: `${example?.file}, record ${example?.record}`,
      what: `the declaration that was made does not take it: ${example?.reason}`,
      next: 'report this with the record',
    });
  }
  const odd = await oddValues(draft, read, definition, bench);
  if (example !== undefined) {
    const place = await placeOf(example, definition, draft.files.length);
    draft = withRoom(withOdd(draft, odd, all), read, place);
    definition = definitionOf(draft, draft.pattern);
  }
  const columns = columnList(definition).map(({ name, type }) => `CAST(NULL AS ${type}) AS ${identifier(name)}`);
  const none = `WITH source AS (SELECT ${columns.join(', ')} WHERE false) ${mapping ?? 'FROM source'}`;
  const rows = read.parquet.length === 0 ? none : `FROM read_parquet([${read.parquet.map(literal).join(', ')}])`;
  await bench.session.query(`CREATE VIEW ${identifier(draft.name)} AS ${rows}`);
  return { ...(await tableFacts(draft, bench)), definition, quarantined: read.quarantined, odd };
}

/** Only what is known to pass here, or to fail, is written down. */
async function holding(name: string, checks: readonly CheckDraft[], { session }: Bench): Promise<CheckDraft[]> {
  const subjects = checks.map(({ check }) => ({ check: checkSchema.parse(check), subject: name }));
  const measured = await measure(session, subjects, {});
  return checks.filter(({ fails }, index) => {
    const measurement = measured[index]?.measurement;
    return measurement !== undefined && 'passed' in measurement && measurement.passed !== (fails === true);
  });
}

/** Relative where the files are below the folder that the new one is in, so that both may move together. */
function declaredPath(pattern: string, folder: string): string {
  const path = relative(folder, pattern);
  const near = !relative(dirname(folder), pattern).startsWith('..');
  return near ? path.split(sep).join('/') : pattern;
}

/** The text is what was proven: parsed, it says the same as the draft, and its models compute. */
async function prove(
  files: PipelineFiles,
  sources: readonly Read[],
  engine: ReturnType<typeof duckDbEngine>,
  { session }: Bench,
): Promise<void> {
  const pipeline = await parsePipeline(files, engine, { parameters: {}, environment: {} });
  for (const { draft, definition } of sources) {
    const declared = pipeline.definition.sources[draft.name];
    const parsed = declared?.type === 'postgres' ? undefined : declared;
    const found = await expand(parsed?.path ?? '', files.folder);
    const written = parsed && { ...parsed, path: definition.path, key: definition.key, mapping: undefined, checks: [] };
    const wanted = { ...definition, key: definition.key, mapping: undefined };
    if (!isDeepStrictEqual(written, wanted) || !isDeepStrictEqual(found, draft.files))
      throw new DaybreakError('Bug', {
        where: `source ${draft.name}`,
        what: 'what was written says something else than what was read',
        next: 'report this with the names of the files and columns',
      });
  }
  for (const { name, sql } of pipeline.models)
    await session.query(`CREATE TABLE ${identifier(name)} AS ${withoutSemicolon(sql)}`);
  const measured = await measure(session, pipeline.checks, {});
  const failed = measured.findIndex(({ measurement }) => !('passed' in measurement && measurement.passed));
  if (failed >= 0)
    throw new DaybreakError('Bug', {
      where: `model ${pipeline.checks[failed]?.subject}`,
      what: `its ${pipeline.checks[failed]?.check.type} check does not hold`,
      next: 'report this with the files',
    });
}

/** Words of the engine that are no names unless quoted. */
export async function reservedWords({ session }: Pick<Bench, 'session'>): Promise<Set<string>> {
  const { rows } = await session.query(
    "SELECT keyword_name AS k FROM duckdb_keywords() WHERE keyword_category IN ('reserved', 'type_function')",
  );
  return new Set(rows.map((row) => String(row.k)));
}

/** Makes the folder. Fails as `BadRequest` where the files cannot be declared, or something is there already. */
export async function initFromFiles(options: FromFilesOptions): Promise<MadePipeline> {
  const { folder, now } = options;
  await expectNothing(folder);
  const scratch = await mkdtemp(join(tmpdir(), 'daybreak-init-'));
  const db = duckDb();
  const engine = duckDbEngine(db);
  try {
    const zone = machineZone();
    const today = localDay(now, zone);
    const window = { from: addDays(today, -28), to: today, asOf: today };
    const given = await givenFiles(options.from, options.base);
    const session = await db.session('init', {
      folders: [scratch, ...new Set(given.map(({ file }) => dirname(file)))],
      spill: join(scratch, 'spill'),
      memoryBytes: options.memoryBytes,
      threads: options.threads,
      zone,
      setup: setVariables(sqlVariables({ declared: {}, values: {}, window, zone, currency: 'EUR' })),
    });
    const bench: Bench = { session, scratch };
    const read: Read[] = [];
    for (const group of await groupFiles(given, bench))
      read.push(await readSource(await group.profiler.columns(group, bench), bench));
    const found = await references(read, bench);
    const sources: (Read & WrittenSource)[] = [];
    for (const table of read) {
      const checks = await holding(table.draft.name, await checksOf(table, found, today, bench), bench);
      sources.push({ ...table, checks, path: declaredPath(table.draft.pattern, folder) });
    }
    const models = firstModels(read, found, quoting(await reservedWords(bench)));
    const own = await ownName(folder, options.home);
    const schema = await schemaFile();
    const yaml = declarationText({
      own,
      zone: { value: zone, guess: 'the zone of this machine' },
      currency: await currencyOf(read, bench),
      schema: `./${schema.name}`,
      sources,
    });
    const sql = sqlFiles(sources, models);
    const files: PipelineFiles = { folder, yaml, sql, models: models.map((model) => `models/${model.name}.sql`) };
    await prove(files, read, engine, bench);
    const written = { [DECLARATION]: yaml, ...sql, [schema.name]: schema.text };
    await writeFolder(folder, written);
    return {
      ...own,
      folder,
      files: Object.keys(written),
      sources: sources.map(({ draft, path, rows, quarantined, odd, key }) => ({
        name: draft.name,
        path,
        files: draft.files.length,
        rows,
        quarantined,
        odd,
        key: key ?? null,
      })),
      models: models.map((model) => model.name),
      guesses: yaml.split('\n').filter((line) => /# guess:/.test(line)).length,
    };
  } finally {
    await engine.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

function sqlFiles(sources: readonly Read[], models: readonly ModelText[]): Record<string, string> {
  const mappings = sources.flatMap(({ draft }) => {
    const mapping = mappingOf(draft);
    return mapping === undefined ? [] : [[mappingFile(draft.name), mapping] as const];
  });
  return Object.fromEntries([...models.map(({ name, sql }) => [`models/${name}.sql`, sql] as const), ...mappings]);
}

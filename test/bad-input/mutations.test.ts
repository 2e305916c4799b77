/** Seeded damage to sound files: each ends as rows and quarantine that add up, or as a failure of ours, soon. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { parquetSource } from '../../src/adapters/sources';
import { DaybreakError } from '../../src/domain/failure';
import { sourceSchema } from '../../src/domain/definition';
import { literal } from '../../src/domain/sql';
import { type Bench, bench, csvIn, csvText, type ReadBack, readBack } from '../adapters/sources/support';
import { CASES, damaged, type Mutation, mutations, outcome, random } from './damage';

const MUTATIONS = mutations(['\r\n', '\r', '\n', '\0', '"', '""', ',', '\uFEFF', '\\', '\n\n', '",', ',"']);
const names = Object.keys(MUTATIONS);

const columns = {
  id: 'BIGINT',
  name: 'VARCHAR',
  amount: 'DECIMAL(18,4)',
  at: 'TIMESTAMPTZ',
  day: 'DATE',
  ok: 'BOOLEAN',
};
const tableOf = (names: readonly (string | null)[]) => [
  Object.keys(columns),
  ...Array.from({ length: 60 }, (_, index) => [
    String(index + 1),
    names[index % names.length] ?? null,
    index % 5 === 0 ? null : `${index * 7}.${index % 90}`,
    `2026-02-${String(1 + (index % 28)).padStart(2, '0')}T10:20:30.5+0${index % 9}:00`,
    `2024-02-${String(1 + (index % 29)).padStart(2, '0')}`,
    index % 2 === 0 ? 'true' : 'f',
  ]),
];
const table = csvText(tableOf(['plain', null, '', 'a "quote", a comma', 'two\nlines', 'ünï 👋', 'x\r\ny']));
const unquoted = tableOf(['plain', null, '5" nail', 'ünï 👋'])
  .map((row) => `${row.map((field) => field ?? '').join(',')}\n`)
  .join('');

// Hundreds of plans and reads; a busy machine takes its time.
jest.setTimeout(240_000);

describe('mutations', () => {
  let at: Bench;
  beforeAll(async () => {
    at = await bench();
  });
  afterAll(async () => await at.close());

  const readCsv = async (name: string, bytes: Buffer) => {
    await writeFile(join(at.folder, name), bytes);
    return await outcome(async () => await readBack(at, await csvIn(at, { path: name, columns, part: '3KB' })));
  };
  const inOrder = (rows: readonly Record<string, unknown>[]) => rows.map((row) => String(row.id)).sort();

  const cases = Array.from({ length: CASES }, (_, seed) => {
    const base = Buffer.from(seed % 3 === 0 ? unquoted : seed % 3 === 1 ? table : table.replaceAll('\n', '\r\n'));
    const how = names[seed % names.length] as string;
    return { seed, how, bytes: damaged(base, MUTATIONS[how] as Mutation, seed) };
  });

  test('begin with sound files', async () => {
    for (const text of [table, unquoted, table.replaceAll('\n', '\r\n')]) {
      const { rows, bad } = (await readCsv('in.csv', Buffer.from(text))) as ReadBack;
      expect(bad).toEqual([]);
      expect(rows).toHaveLength(60);
    }
  });

  test('of CSV lose nothing silently', async () => {
    const kinds: Record<string, number> = {};
    for (const { seed, how, bytes } of cases) {
      const result = await readCsv('in.csv', bytes);
      const kind = result instanceof DaybreakError ? result.kind : result.bad.length > 0 ? 'quarantined' : 'rows';
      kinds[kind] = (kinds[kind] ?? 0) + 1;
      if (result instanceof DaybreakError) {
        expect([seed, how, result.kind]).toEqual([seed, how, 'NotAsDeclared']);
        continue;
      }
      if (result.bad.length > 0) continue;
      // Nothing was wrong with it, so another strict reader gives the same ids.
      const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
      const other: string[][] = parse(text, {
        relax_quotes: true,
        skip_empty_lines: true,
        record_delimiter: ['\r\n', '\n'],
      });
      const ids = other.slice(1).map((record) => (record[0] === '' ? 'null' : String(BigInt(record[0] as string))));
      expect([seed, inOrder(result.rows)]).toEqual([seed, ids.sort()]);
    }
    expect(kinds.quarantined).toBeGreaterThan(CASES / 4);
    expect(kinds.NotAsDeclared).toBeGreaterThan(CASES / 40);
    expect(kinds.rows).toBeGreaterThan(CASES / 70);
  });

  test('give each record exactly once, whatever the parts are', async () => {
    for (const { seed, bytes } of cases.filter((_, index) => index % 5 === 0)) {
      const cut = await readCsv('in.csv', bytes);
      const whole = await outcome(async () => await readBack(at, await csvIn(at, { path: 'in.csv', columns })));
      if (cut instanceof DaybreakError || whole instanceof DaybreakError) {
        expect([seed, cut instanceof DaybreakError]).toEqual([seed, whole instanceof DaybreakError]);
        continue;
      }
      expect([seed, inOrder(cut.rows)]).toEqual([seed, inOrder(whole.rows)]);
      expect([seed, cut.bad]).toEqual([seed, whole.bad]);
    }
  });

  test('of a packed file are refused', async () => {
    const packed = gzipSync(table);
    for (let seed = 0; seed < 40; seed++) {
      const how = ['truncate', 'flip', 'splice', 'byte'][seed % 4] as string;
      const bytes = MUTATIONS[how]?.(packed, random(seed + 1)) as Buffer;
      const result = await readCsv('in.csv.gz', bytes);
      // Some bytes of a gzip header mean nothing to the data.
      if (result instanceof DaybreakError) expect(result.kind).toBe('NotAsDeclared');
      else expect(result.rows).toHaveLength(60);
    }
  });

  test('of Parquet never take the engine along', async () => {
    const path = join(at.folder, 'in.parquet');
    await at.query(
      `COPY (SELECT range AS id, 'name ' || range AS name FROM range(500)) TO ${literal(path)} (FORMAT parquet)`,
    );
    const { readFile } = await import('node:fs/promises');
    const sound = await readFile(path);
    const session = await at.session();
    const definition = sourceSchema.parse({
      type: 'parquet',
      path: 'in.parquet',
      columns: { id: 'BIGINT', name: 'VARCHAR' },
    });
    if (definition.type !== 'parquet') throw new Error('not Parquet');
    for (let seed = 0; seed < 60; seed++) {
      const how = ['truncate', 'flip', 'splice', 'byte'][seed % 4] as string;
      await writeFile(path, MUTATIONS[how]?.(sound, random(seed + 1)) as Buffer);
      const result = await outcome(
        async () => await readBack(at, parquetSource({ name: 'bad', definition, folder: at.folder, session })),
      );
      if (result instanceof DaybreakError) expect([seed, how, result.kind]).toEqual([seed, how, 'NotAsDeclared']);
      else expect(result.rows).toHaveLength(500);
    }
  });
});

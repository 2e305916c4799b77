/** Seeded damage to sound JSON: each ends as another strict reader says, or record by record in quarantine. */
import { isUtf8 } from 'node:buffer';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DaybreakError } from '../../src/domain/failure';
import { type Bench, bench, jsonIn, jsonText, readBack } from '../adapters/sources/support';
import { CASES, damaged, type Mutation, mutations, outcome } from './damage';

const MUTATIONS = mutations([
  '\n',
  '\0',
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\uFEFF',
  '\\',
  '},{',
  'null',
  '\\ud800',
  '1e999',
  '"id":1,',
]);
const columns = { id: 'BIGINT', name: 'VARCHAR', amount: 'DECIMAL(18,4)', ok: 'BOOLEAN' };
const texts = ['plain', null, '', 'a "quote"', 'two\nlines', 'ünï 👋', '}]{['];
const rows = Array.from({ length: 40 }, (_, index) =>
  JSON.stringify({ id: index + 1, name: texts[index % texts.length], amount: index / 8, ok: index % 2 === 0 }),
);

const parsed = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
};
const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

// Hundreds of plans and reads; a busy machine takes its time.
jest.setTimeout(240_000);

describe('mutations of JSON', () => {
  let at: Bench;
  beforeAll(async () => {
    at = await bench();
  });
  afterAll(async () => await at.close());

  const names = Object.keys(MUTATIONS);
  const cases = (type: 'json' | 'ndjson', count: number) =>
    Array.from({ length: count }, (_, seed) => {
      const how = names[seed % names.length] as string;
      return {
        seed,
        how,
        bytes: damaged(
          Buffer.from(jsonText(type, seed % 7 === 0 ? [...rows, '7'] : rows)),
          MUTATIONS[how] as Mutation,
          seed,
        ),
      };
    });
  const open = async (type: 'json' | 'ndjson', bytes: Buffer) => {
    await writeFile(join(at.folder, 'in'), bytes);
    return await jsonIn(at, { type, path: 'in', columns, part: '1KB' });
  };

  test('an array is rows, "not rows" or "malformed", as it is for others', async () => {
    const kinds: Record<string, number> = {};
    for (const { seed, how, bytes } of cases('json', 2 * CASES)) {
      const source = await open('json', bytes);
      const value = parsed(bytes);
      const expected =
        value === undefined ? 'malformed' : Array.isArray(value) && value.every(isObject) ? 'rows' : 'not rows';
      const got = await source.plan().then(
        (parts) => {
          expect([seed, parts.reduce((sum, part) => sum + part.records, 0)]).toEqual([seed, (value as []).length]);
          return 'rows';
        },
        (error: DaybreakError) => {
          expect([seed, error.kind]).toEqual([seed, 'NotAsDeclared']);
          return /^in:\d+:\d+: (malformed|not rows)/.exec(error.message)?.[1];
        },
      );
      expect([seed, how, got]).toEqual([seed, how, expected]);
      kinds[got as string] = (kinds[got as string] ?? 0) + 1;
    }
    expect(kinds.malformed).toBeGreaterThan(CASES / 2);
    expect(kinds['not rows']).toBeGreaterThan(CASES / 100);
    expect(kinds.rows).toBeGreaterThan(CASES / 10);
  });

  test.each(['json', 'ndjson'] as const)('of %s lose nothing silently', async (type) => {
    let quarantined = 0;
    for (const { seed, bytes } of cases(type, 40)) {
      const result = await outcome(async () => await readBack(at, await open(type, bytes)));
      if (result instanceof DaybreakError) {
        expect([seed, result.kind]).toEqual([seed, 'NotAsDeclared']);
        continue;
      }
      quarantined += result.bad.length;
      const lines = bytes
        .toString('utf8')
        .replace(/^\uFEFF/, '')
        .split('\n')
        .filter((line) => !/^[ \t\r]*$/.test(line));
      const expected = type === 'json' ? (parsed(bytes) as object[]) : lines;
      expect([seed, result.rows.length + result.bad.length]).toEqual([seed, expected.length]);
      if (type === 'json' || !isUtf8(bytes)) continue;
      const sound = lines.map((line) => parsed(Buffer.from(line))).filter(isObject) as { id?: number }[];
      const ids = new Set(sound.map(({ id }) => String(id ?? null)));
      for (const row of result.rows) expect([seed, ids.has(String(row.id))]).toEqual([seed, true]);
    }
    expect(quarantined).toBeGreaterThan(type === 'json' ? 0 : 30);
  });
});

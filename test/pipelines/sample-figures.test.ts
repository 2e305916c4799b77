/** Every figure of a small sample shop against the same worked out in plain TypeScript. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { makeSample } from '../../src/sample';
import { openSession, readSources, runModels, type Session, setVariables } from './models';
import { oracle } from './oracle';
import type { Setting, Sources } from './oracle/rows';
import { differencesOf } from './random/differences';
import { tablesOf } from './random/tables';
import { definition, shippedModels } from './small-shop';

const until = '2026-11-25';
const data = mkdtempSync(path.join(tmpdir(), 'daybreak-figures-'));
let session: Session;

beforeAll(async () => {
  await makeSample({ folder: data, seed: 11, lines: 2_000, until });
  session = await openSession(definition.zone);
  await readSources(session, definition, data);
});
afterAll(() => {
  session.close();
  rmSync(data, { recursive: true });
});

/** The sample quotes no empty field: each is NULL. */
function readSample(): Sources {
  const rows = (name: string) =>
    readdirSync(path.join(data, name)).flatMap((file) =>
      parse(readFileSync(path.join(data, name, file)), {
        columns: true,
        cast: (value) => (value === '' ? null : value),
      }),
    );
  return Object.fromEntries(Object.keys(definition.sources).map((name) => [name, rows(name)])) as unknown as Sources;
}

// The second as_of lies before the shop's end, so that events after it have to be left out.
it.each([
  { asOf: until, from: '2026-10-28' },
  { asOf: '2026-03-30', from: '2026-03-02' },
])('gives every figure as of $asOf', async ({ asOf, from }) => {
  const parameters = Object.entries(definition.parameters).map(([name, parameter]) => [
    name,
    String(parameter.default),
  ]);
  const setting: Setting = {
    ...{ zone: definition.zone, currency: definition.currency, from, asOf, ids: 'BIGINT' },
    parameters: Object.fromEntries(parameters),
  };
  const expected = oracle(readSample(), setting);
  expect(expected.customer_metrics.length).toBeGreaterThan(100);
  expect(differencesOf(expected, await tablesOf(session, setting))).toEqual([]);
});

it('passes every gate that a query can express', async () => {
  await setVariables(session, definition, '2026-10-28', until);
  await runModels(session, await shippedModels(session));
  for (const check of definition.checks) {
    if (check.type === 'sql')
      expect({ check: check.name, rows: await session.rows(check.sql) }).toEqual({ check: check.name, rows: [] });
    if (check.type === 'expression')
      expect(await session.rows(`FROM ${check.on} WHERE NOT coalesce((${check.expression}), false)`)).toEqual([]);
  }
});

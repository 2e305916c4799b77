/** Why a step is not what it was: every reason, from two plans alone. */
import { expectSeconds, rowsToRead } from '../../src/domain/expected';
import type { PlanDocument, PlannedModel, PlannedPart, PlannedSource, PlannedTable } from '../../src/domain/plan';
import { planChanges, type Reason } from '../../src/domain/plan-reasons';
import type { Receipt } from '../../src/domain/receipt';

const part = (file: string, more: Partial<PlannedPart> = {}): PlannedPart => ({
  ...{ file, size: 10, mtimeNs: '1', from: 0, to: 10, firstRecord: 1, records: 5, bytes: 10 },
  fingerprint: `${file} 1`,
  ...more,
});
const source = (more: Partial<PlannedSource> = {}): PlannedSource =>
  ({
    name: 'orders',
    fingerprint: 'orders 1',
    parts: [part('a.csv'), part('b.csv')],
    lanes: [[0, 1]],
    definition: { type: 'csv', columns: { id: 'BIGINT' }, delimiter: ',', accept: [], part: '32MB', lanes: 1 },
    variables: ['floor'],
    ...more,
  }) as PlannedSource;
const model = (name: string, reads: readonly string[], more: Partial<PlannedModel> = {}): PlannedModel =>
  ({
    name,
    fingerprint: `${name} 1`,
    reads,
    sql: `FROM ${reads}`,
    variables: [],
    written: true,
    ...more,
  }) as PlannedModel;

type Plan = Parameters<typeof planChanges>[0];
const plan = (more: Partial<PlanDocument> = {}): Plan => ({
  ...{ zone: 'UTC', engine: 'duckdb 1', full: false, runId: 'now' },
  variables: { floor: { type: 'BIGINT', value: '1' }, as_of: { type: 'DATE', value: '2026-03-01' } },
  sources: [source()],
  models: [model('lines', ['orders']), model('revenue', ['lines'])],
  ...more,
});
const why = (now: Plan, name: string, before = plan()) => planChanges(now, before).reasons.get(name);

const changed = { fingerprint: 'another' };

const stretchOfTable = {
  from: null,
  to: null,
  since: '2026-03-01T02:00:00Z',
  records: 100,
  bytes: 10,
  fingerprint: 's',
};
/** A source that is a table of a database, gone on from a snapshot. */
const table = (more: Partial<PlannedTable> = {}, of: Partial<PlannedSource> = {}): PlannedSource => {
  const planned = { parent: 'orders', parentKey: ['id'], declared: 'd', base: 'snapshot', layers: [], cutBy: '' };
  return source({
    parts: [],
    definition: {
      type: 'postgres',
      table: 'orders',
      cursor: 'at',
      columns: { id: 'BIGINT' },
    } as unknown as PlannedSource['definition'],
    table: { ...planned, records: 100, changed: 7, stretches: [stretchOfTable], load: null, loadId: 'now', ...more },
    ...changed,
    ...of,
  });
};
const whole = { base: null, changed: null, stretches: [] };
const without = {
  type: 'postgres',
  table: 'orders',
  columns: { id: 'BIGINT' },
} as unknown as PlannedSource['definition'];

test.each<[string, PlannedSource, PlannedSource, readonly Reason[]]>([
  ['rows were written', table(), table(), [{ kind: 'rows', changed: 7, since: '2026-03-01T02:00:00Z' }]],
  [
    'a child follows its parent',
    table({ parent: 'shops' }),
    table({ parent: 'shops' }),
    [{ kind: 'input', name: 'shops' }],
  ],
  ['a first load is gone on with', table({ ...whole, load: 'l', loadId: 'earlier' }), table(), [{ kind: 'load' }]],
  ['another database is behind the name', table({ ...whole, declared: 'e' }), table(), [{ kind: 'database' }]],
  [
    'nothing tells changes',
    table(whole, { definition: without }),
    table(whole, { definition: without }),
    [{ kind: 'cursor' }],
  ],
  ['its snapshot was rejected or swept', table(whole), table(whole), [{ kind: 'missing' }]],
  [
    'another cursor',
    table({ ...whole, declared: 'e' }, { definition: without }),
    table(),
    [{ kind: 'declaration', keys: ['cursor'] }],
  ],
])('of a table: %s', (_, now, before, reasons) => {
  const earlier = plan({ sources: [{ ...before, fingerprint: 'earlier' }] });
  expect(why(plan({ sources: [now] }), 'orders', earlier)).toEqual(reasons);
});

test('what is the same has no reason', () => {
  const { reasons, gone } = planChanges(plan(), plan());
  expect([...reasons]).toEqual([
    ['orders', []],
    ['lines', []],
    ['revenue', []],
  ]);
  expect(gone).toEqual([]);
});

const definition = source().definition;
test.each<[string, Partial<PlannedSource>, Partial<PlanDocument>, Reason[]]>([
  [
    'a file is new',
    { parts: [part('a.csv'), part('b.csv'), part('c.csv')] },
    {},
    [{ kind: 'file', change: 'new', file: 'c.csv' }],
  ],
  ['a file is gone', { parts: [part('b.csv')] }, {}, [{ kind: 'file', change: 'gone', file: 'a.csv' }]],
  [
    'a file is larger',
    { parts: [part('a.csv', { size: 11 }), part('b.csv')] },
    {},
    [{ kind: 'file', change: 'changed', file: 'a.csv' }],
  ],
  [
    'a file is written again',
    { parts: [part('a.csv'), part('b.csv', { mtimeNs: '2' })] },
    {},
    [{ kind: 'file', change: 'changed', file: 'b.csv' }],
  ],
  [
    'columns and delimiter are declared otherwise, and what decides nothing',
    {
      definition: {
        ...definition,
        columns: { id: 'INTEGER' },
        delimiter: ';',
        lanes: 4,
      } as PlannedSource['definition'],
    },
    {},
    [{ kind: 'declaration', keys: ['columns', 'delimiter'] }],
  ],
  ['a mapping comes', { mapping: 'SELECT * FROM source' }, {}, [{ kind: 'mapping' }]],
  [
    'a parameter of its mapping has another value',
    {},
    { variables: { floor: { type: 'BIGINT', value: '2' } } },
    [{ kind: 'parameter', name: 'floor', before: '1', after: '2' }],
  ],
  ['the engine is another', {}, { engine: 'duckdb 2' }, [{ kind: 'engine', before: 'duckdb 1', after: 'duckdb 2' }]],
  ['the zone is another', {}, { zone: 'Asia/Tokyo' }, [{ kind: 'zone', before: 'UTC', after: 'Asia/Tokyo' }]],
  ['everything is made anew', {}, { full: true }, [{ kind: 'full', by: 'this' }]],
  ['nobody can tell', {}, {}, [{ kind: 'other' }]],
])('a source: %s', (_, ofSource, ofPlan, expected) => {
  expect(why(plan({ ...ofPlan, sources: [source({ ...changed, ...ofSource })] }), 'orders')).toEqual(expected);
});

test('after a run that made everything anew, what it made is its own', () => {
  const now = plan({ sources: [source(changed)] });
  expect(why(now, 'orders', plan({ full: true }))).toEqual([{ kind: 'full', by: 'earlier' }]);
});

test.each<[string, Partial<PlannedModel>, Partial<PlanDocument>, Reason[]]>([
  ['its text changed', { sql: 'FROM lines LIMIT 1' }, {}, [{ kind: 'sql' }]],
  [
    'it reads a day that moved',
    { variables: ['as_of'] },
    { variables: { as_of: { type: 'DATE', value: '2026-03-02' } } },
    [{ kind: 'parameter', name: 'as_of', before: '2026-03-01', after: '2026-03-02' }],
  ],
  [
    'it reads a parameter that was not there',
    { variables: ['new'] },
    { variables: { new: { type: 'BIGINT', value: '7' } } },
    [{ kind: 'parameter', name: 'new', before: null, after: '7' }],
  ],
  [
    'it reads the zone, which is told once',
    { variables: ['zone'] },
    { zone: 'Asia/Tokyo', variables: { zone: { type: 'VARCHAR', value: 'Asia/Tokyo' } } },
    [{ kind: 'zone', before: 'UTC', after: 'Asia/Tokyo' }],
  ],
  ['what it reads changed', {}, { models: [model('lines', ['orders'], changed)] }, [{ kind: 'input', name: 'lines' }]],
  ['the engine is another', {}, { engine: 'duckdb 2' }, [{ kind: 'engine', before: 'duckdb 1', after: 'duckdb 2' }]],
  ['nobody can tell', {}, {}, [{ kind: 'other' }]],
])('a model: %s', (_, ofModel, ofPlan, expected) => {
  const models = [
    ...(ofPlan.models ?? [model('lines', ['orders'])]),
    model('revenue', ['lines'], { ...changed, ...ofModel }),
  ];
  expect(why(plan({ ...ofPlan, models }), 'revenue')).toEqual(expected);
});

test('names that come and go; an older plan that does not tell its engine', () => {
  const now = plan({ models: [model('lines', ['orders']), model('profit', ['lines'])] });
  const { reasons, gone } = planChanges(now, plan());
  expect(reasons.get('profit')).toEqual([{ kind: 'new' }]);
  expect(gone).toEqual(['revenue']);
  const { engine: _, ...older } = plan();
  expect(why(plan({ sources: [source(changed)] }), 'orders', older)).toEqual([{ kind: 'other' }]);
});

describe('expected seconds', () => {
  const receipt = (name: string, own: string, seconds: number, more: Partial<Receipt> = {}): Receipt =>
    ({
      name,
      fingerprint: own,
      seconds,
      madeAt: '2026-03-01',
      data: { uri: `data/models/${name}` },
      ...more,
    }) as Receipt;
  const ofPart = (name: string, seconds: number, bytes: number) =>
    receipt(name, '', seconds, { part: { bytes } as PlannedPart });
  const all = { parts: new Set(['a.csv 1', 'b.csv 1']), models: new Set(['lines', 'revenue']), rows: new Map() };

  test('sources by bytes and lanes, models one after the other, larger where more records are behind them', () => {
    const twice = plan({
      sources: [source({ lanes: [[0], [1]], parts: [part('a.csv'), part('b.csv', { records: 15 })] })],
    });
    const known = [ofPart('orders', 4, 20), receipt('lines', 'lines 1', 3), receipt('revenue', 'older', 1)];
    // 20 bytes at 5 a second in two lanes; 20 records instead of 10; of the other it is not known how many there were.
    expect(expectSeconds(twice, plan(), all, known)).toEqual({
      steps: new Map([
        ['orders', 2],
        ['lines', 6],
        ['revenue', 1],
      ]),
      seconds: 9,
      unknown: [],
    });
  });

  test('the newest receipt counts, not that of the compressed table', () => {
    const known = [
      receipt('lines', 'x', 1, { madeAt: '2026-01-01' }),
      receipt('lines', 'y', 5, { madeAt: '2026-02-01' }),
      receipt('lines', 'z', 100, { data: { uri: 'data/published/lines', bytes: 1, sha256: '' } }),
    ];
    const { seconds, unknown } = expectSeconds(plan(), null, { ...all, parts: new Set() }, known);
    expect({ seconds, unknown }).toEqual({ seconds: 5, unknown: ['revenue'] });
  });

  test('tables by the rows that earlier chunks took: of a first load without those that are there', () => {
    const chunk = (read: number, seconds: number) =>
      receipt('orders', '', seconds, { chunk: { read } as NonNullable<Receipt['chunk']> });
    expect(rowsToRead(table(), new Map())).toBe(7);
    const load = table({ ...whole, stretches: [{ ...stretchOfTable, since: null }] });
    const rows = rowsToRead(load, new Map([['s', [chunk(60, 1)]]]));
    expect(rows).toBe(40);
    const missing = { ...all, parts: new Set<string>(), models: new Set<string>(), rows: new Map([['orders', rows]]) };
    const known = [chunk(100, 4), chunk(100, 6)];
    expect(expectSeconds(plan({ sources: [load] }), null, missing, known).steps).toEqual(new Map([['orders', 2]]));
  });

  test('unknown is said, and nothing to do takes no time', () => {
    expect(expectSeconds(plan(), null, all, [])).toMatchObject({
      seconds: null,
      unknown: ['orders', 'lines', 'revenue'],
    });
    expect(expectSeconds(plan(), null, { ...all, parts: new Set(), models: new Set() }, [])).toMatchObject({
      seconds: 0,
      unknown: [],
    });
  });
});

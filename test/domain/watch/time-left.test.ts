import fc from 'fast-check';
import type { Stage } from '../../../src/domain/run';
import type { RunRecord } from '../../../src/domain/watch/record';
import type { StepExpectation, StepTiming } from '../../../src/domain/watch/timing';
import { expectations, timeLeft, type WorkState } from '../../../src/domain/watch/time-left';

const night = (change: Partial<RunRecord>, day = 1): RunRecord => ({
  pipeline: 'shop',
  workflowId: 'shop',
  runId: `run-${day}`,
  asOf: '2026-11-26',
  outcome: 'published',
  startedAt: new Date(Date.UTC(2026, 9, day, 2)).toISOString(),
  endedAt: new Date(Date.UTC(2026, 9, day, 3)).toISOString(),
  edition: 'e',
  planned: [{ name: 'orders', records: 100 }],
  steps: [],
  failure: null,
  failedChecks: [],
  deadline: null,
  ...change,
});
const took = (step: string, seconds: number, more: Partial<StepTiming> = {}): StepTiming => ({
  step,
  at: '2026-11-26T02:00:00Z',
  seconds,
  ...more,
});
const work = (records: number) => ({ sources: [{ name: 'orders', records }], models: [{ name: 'totals' }] });
const of = (expected: readonly StepExpectation[], step: string) => expected.find((each) => each.step === step);

test('without history nothing is expected, and nothing is said of what is left', () => {
  expect(expectations(work(100), [])).toEqual([]);
  expect(expectations(work(100), [night({ outcome: 'failed', steps: [took('extract_orders', 5)] })])).toEqual([]);
  expect(timeLeft([], { done: new Set(), running: new Map(), stage: 'extract' })).toBeNull();
});

test('steps come in their order, with the middle and the top of what they took', () => {
  const nights = Array.from({ length: 11 }, (_, index) =>
    night(
      { steps: [took('transform_totals', 2), took('extract_orders', index), took('publishEdition', 1)] },
      index + 1,
    ),
  );
  const expected = expectations(work(100), nights);
  expect(expected).toEqual([
    { step: 'extract_orders', p50: 5, p90: 9, runs: 11 },
    { step: 'transform_totals', p50: 2, p90: 2, runs: 11 },
    { step: 'publishEdition', p50: 1, p90: 1, runs: 11 },
  ]);
});

test('twice the records take twice as long, and half of them half of what is above the least', () => {
  const nights = [night({ steps: [took('extract_orders', 10)] }, 1), night({ steps: [took('extract_orders', 30)] }, 2)];
  expect(of(expectations(work(200), nights), 'extract_orders')).toMatchObject({ p50: 40, p90: 56 });
  expect(of(expectations(work(50), nights), 'extract_orders')).toMatchObject({ p50: 15, p90: 19 });
  expect(of(expectations(work(0), nights), 'extract_orders')).toMatchObject({ p50: 10, p90: 10 });
  const idle = [night({ planned: [{ name: 'orders', records: 0 }], steps: [took('extract_orders', 3)] })];
  expect(of(expectations(work(1_000_000), idle), 'extract_orders')).toMatchObject({ p50: 3 });
});

test('what is made of all sources goes by the records of all of them', () => {
  const planned = [
    { name: 'orders', records: 100 },
    { name: 'returns', records: 300 },
  ];
  const nights = [night({ planned, steps: [took('transform_totals', 10), took('extract_orders', 10)] })];
  const now = {
    sources: [
      { name: 'orders', records: 100 },
      { name: 'returns', records: 700 },
    ],
    models: [{ name: 'totals' }],
  };
  expect(of(expectations(now, nights), 'transform_totals')).toMatchObject({ p50: 20 });
  expect(of(expectations(now, nights), 'extract_orders')).toMatchObject({ p50: 10 });
});

test('only the last thirty good nights count, and of them what was really done', () => {
  const old = Array.from({ length: 20 }, (_, index) => night({ steps: [took('extract_orders', 1_000)] }, index + 1));
  const newer = Array.from({ length: 29 }, (_, index) => night({ steps: [took('extract_orders', 5)] }, index + 21));
  const bad = night({ outcome: 'failed', steps: [took('extract_orders', 9_000)] }, 60);
  const again = night({ steps: [took('extract_orders', 0.1, { reused: true })] }, 55);
  expect(of(expectations(work(100), [bad, again, ...newer, ...old]), 'extract_orders')).toEqual({
    step: 'extract_orders',
    p50: 5,
    p90: 5,
    runs: 29,
  });
});

const USUAL: StepExpectation[] = [
  { step: 'extract_orders', p50: 60, p90: 90, runs: 14 },
  { step: 'extract_returns', p50: 20, p90: 100, runs: 14 },
  { step: 'validate_sources', p50: 5, p90: 6, runs: 14 },
  { step: 'transform_a', p50: 10, p90: 20, runs: 14 },
  { step: 'transform_b', p50: 30, p90: 40, runs: 13 },
  { step: 'publishEdition', p50: 1, p90: 2, runs: 14 },
];
const at = (stage: Stage, done: string[] = [], running: [string, number][] = []): WorkState => ({
  stage,
  done: new Set(done),
  running: new Map(running),
});

test.each<[string, WorkState, number, number]>([
  ['all of it: extracts side by side', at('extract'), 60 + 46, 100 + 68],
  ['one extract is done', at('extract', ['extract_returns']), 60 + 46, 90 + 68],
  [
    'half way',
    at(
      'extract',
      [],
      [
        ['extract_orders', 30],
        ['extract_returns', 30],
      ],
    ),
    30 + 46,
    70 + 68,
  ],
  ['longer than usual', at('extract', ['extract_returns'], [['extract_orders', 80]]), 46, 10 + 68],
  ['longer than ever', at('extract', ['extract_returns'], [['extract_orders', 200]]), 46, 90 + 68],
  ['what a stage left behind is over', at('transform', [], [['transform_a', 5]]), 5 + 31, 15 + 42],
  ['almost there', at('publish'), 1, 2],
  ['at its end', at('done'), 0, 0],
])('%s', (_, state, p50, p90) => {
  expect(timeLeft(USUAL, state)).toEqual({ p50, p90, runs: 14 });
});

const STEPS = ['extract_a', 'extract_b', 'validate_sources', 'transform_c', 'validate_data_quality', 'publishEdition'];
const seconds = fc.double({ min: 0, max: 1e5, noNaN: true });
const expected = fc
  .subarray(STEPS, { minLength: 1 })
  .chain((steps) =>
    fc.tuple(
      ...steps.map((step) =>
        fc.tuple(seconds, seconds).map(([a, b]) => ({ step, p50: Math.min(a, b), p90: Math.max(a, b), runs: 3 })),
      ),
    ),
  );
const stage = fc.constantFrom<Stage>(
  'plan',
  'extract',
  'check sources',
  'transform',
  'check',
  'publish',
  'report',
  'done',
);
const state = fc.record({
  done: fc.subarray(STEPS).map((steps) => new Set(steps)),
  running: fc.dictionary(fc.constantFrom(...STEPS), seconds).map((each) => new Map(Object.entries(each))),
  stage,
});

test('what is likely is never more than what is hardly ever exceeded, and neither is below nothing', () => {
  fc.assert(
    fc.property(expected, state, (usual, now) => {
      const left = timeLeft(usual, now);
      return left !== null && 0 <= left.p50 && left.p50 <= left.p90 && Number.isFinite(left.p90);
    }),
  );
});

test('a step that gets done never adds', () => {
  fc.assert(
    fc.property(expected, state, fc.constantFrom(...STEPS), (usual, now, step) => {
      const [before, after] = [timeLeft(usual, now), timeLeft(usual, { ...now, done: new Set([...now.done, step]) })];
      return before !== null && after !== null && after.p50 <= before.p50 && after.p90 <= before.p90;
    }),
  );
});

test('what history says is in order as well', () => {
  const nights = fc.array(
    fc
      .tuple(seconds, fc.nat(1_000_000))
      .map(([took_, records]) =>
        night({ planned: [{ name: 'orders', records }], steps: [took('extract_orders', took_)] }),
      ),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(nights, fc.nat(1_000_000), (history, records) =>
      expectations(work(records), history).every(({ p50, p90 }) => 0 <= p50 && p50 <= p90),
    ),
  );
});

test('nights of a few changed rows are no measure for one on which everything is read', () => {
  const small = night({ steps: [took('extract_orders', 3)] }, 1);
  const large = night({ planned: [{ name: 'orders', records: 400_000 }], steps: [took('extract_orders', 600)] }, 2);
  expect(expectations(work(1_000_000), [small])).toEqual([]);
  expect(of(expectations(work(1_000_000), [small, large]), 'extract_orders')).toMatchObject({ p50: 1500, runs: 1 });
});

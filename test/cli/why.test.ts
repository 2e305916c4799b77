/** What `daybreak why` says of a run, case by case; no server, no process. */
import { type Facts, why, whyText } from '../../src/cli/render/why';
import type { PendingStep } from '../../src/client';
import type { CheckResult, Progress, RunResult } from '../../src/domain/run';

const NOW = new Date('2026-11-26T03:00:00.000Z');
const ago = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000);

const pending = (step: string, change: Partial<PendingStep> = {}): PendingStep => ({
  ...{ step, attempt: 1, state: 'STARTED', lastFailure: null, beat: null, since: ago(5), nextAttempt: null },
  ...change,
});
const progress = (change: Partial<Progress> = {}): Progress => ({
  ...{ pipeline: 'shop', stage: 'extract', window: null, sources: [], checks: [], outcome: null, edition: null },
  models: [
    { name: 'daily', state: 'waiting' },
    { name: 'totals', state: 'waiting' },
  ],
  ...change,
});
const result = (change: Partial<RunResult>): RunResult => ({
  ...{ workflowId: 'shop-1', runId: 'r', pipeline: 'shop', outcome: 'failed', edition: null, previousEdition: null },
  ...{ live: '2026-11-25-abc', window: null, sources: [], models: [], checks: [], tables: [], seconds: 200 },
  resumed: { parts: 0, rows: 0, lost: 0, duplicated: 0 },
  ...change,
});
type Given = Partial<Omit<Facts, 'look'>> & { pending?: PendingStep[]; progress?: Progress | null; due?: Date };
const told = ({ pending: steps = [], progress: said = progress(), due = ago(12), ...facts }: Given): string[] => {
  const lines = why({
    look: {
      ...{ progress: said, pending: steps, status: 'RUNNING' },
      summary: {
        ...{ workflowId: 'shop-1', runId: 'r', type: 'runPipeline', status: 'RUNNING', pipeline: 'shop' },
        ...{ stage: null, outcome: null, startTime: due, dueTime: due, closeTime: null },
      },
    },
    ...{ result: null, input: { pipeline: 'shop' }, served: true, taskQueue: 'daybreak', now: NOW },
    ...facts,
  });
  expect(lines.length).toBeLessThanOrEqual(5);
  return lines.map(({ label, text }) => `${label}: ${text}`);
};
const STAGE = 'it goes on since 2026-11-26T02:48:00Z, for 12 min';

test('a step that is tried again: its attempt, why, when, what depends on it, the time, and what helps', () => {
  const usual = [
    { step: 'extract_orders', p50: 300, p90: 600, runs: 14 },
    { step: 'transform_daily', p50: 60, p90: 120, runs: 14 },
  ];
  const lines = told({
    progress: progress({
      expected: usual,
      steps: [{ step: 'extract_orders', at: ago(4).toISOString() }],
      deadline: { at: '2026-11-26T06:30:00.000Z', text: '07:30 Europe/Berlin' },
    }),
    pending: [
      pending('extract_users', { since: ago(11) }),
      pending('extract_orders', {
        attempt: 4,
        state: 'SCHEDULED',
        lastFailure: 'source orders: the connection was refused\nexpected a database\nnext: start the database',
        nextAttempt: new Date('2026-11-26T03:00:16Z'),
      }),
    ],
  });
  expect(lines).toEqual([
    `stage: extract; ${STAGE}`,
    'extract_orders: attempt 4 is due at 2026-11-26T03:00:16Z; asked for 5 min ago; last failure: source orders: the connection was refused',
    'after it: transform_daily, transform_totals, check sources, check, publish and 1 more',
    'time: about 2 min left, at most 8 min (from 14 nights); deadline 07:30 Europe/Berlin, slack 3 h 30 min',
    'next: start the database; it goes on by itself: daybreak status shop-1 --follow',
  ]);
});

test('a model at work keeps those that wait for it, and the stages after it', () => {
  const models = [
    { name: 'daily', state: 'running' as const },
    { name: 'totals', state: 'waiting' as const },
  ];
  expect(told({ progress: progress({ stage: 'transform', models }), pending: [pending('transform_daily')] })).toEqual([
    `stage: transform; ${STAGE}`,
    'transform_daily: attempt 1 is at work; asked for 5 min ago',
    'after it: transform_totals, check, publish, report',
    'next: daybreak status shop-1 --follow',
  ]);
});

test('a step that waits for somebody else says for whom', () => {
  const beat = { step: 'plan', waiting: 'waiting for one of 4 connections, held by nightly backup' };
  const [, step] = told({ progress: progress({ stage: 'plan', models: [] }), pending: [pending('planRun', { beat })] });
  expect(step).toBe(
    'planRun: attempt 1 is at work; waiting for one of 4 connections, held by nightly backup; asked for 5 min ago',
  );
});

test('without a worker nothing goes on, whether a step was asked for or not', () => {
  expect(told({ served: false, progress: null })).toEqual([
    `stage: not known, as no worker answers; ${STAGE}`,
    'waits: for a worker: nobody polls daybreak',
    'next: daybreak worker',
  ]);
  const waits = pending('extract_orders', { state: 'SCHEDULED', since: null });
  expect(told({ served: false, progress: null, pending: [waits] })[1]).toBe(
    'extract_orders: attempt 1 waits for a worker: nobody polls daybreak',
  );
  expect(told({ pending: [waits] })[1]).toBe('extract_orders: attempt 1 waits until a worker takes it');
});

test('a run of a cron expression waits for its time', () => {
  expect(told({ due: new Date('2026-11-27T02:00:00Z') })).toEqual([
    'waits: it is due at 2026-11-27T02:00:00Z',
    'next: daybreak status shop-1',
  ]);
});

test('of a failed run: the first cause, what was skipped, what is kept, and what to do', () => {
  const message =
    'models/daily.sql: model daily: division by zero\n  in row 7\nnext: correct models/daily.sql and run again';
  const failed = result({
    failure: { step: 'transform_daily', kind: 'ModelFailed', message },
    skipped: ['totals'],
    models: [{ name: 'other', rows: 1, seconds: 1, reused: false }],
  });
  expect(told({ result: failed })).toEqual([
    'ended: failed after 3 min',
    'transform_daily: ModelFailed: models/daily.sql: model daily: division by zero; in row 7',
    'skipped: transform_totals, as they depend on it',
    'kept: the live edition 2026-11-25-abc is untouched; 1 finished table need not be made again',
    'next: correct models/daily.sql and run again; then daybreak run shop',
  ]);
});

test('a definition that is wrong is looked at by `validate`; a run that was not planned does not know what is live', () => {
  const of = (kind: string, pipeline: string, input?: unknown) =>
    told({
      result: result({ live: null, pipeline, failure: { step: 'planRun', kind, message: 'no\nnext: mend it' } }),
      ...(input === undefined ? {} : { input }),
    });
  const kept = 'kept: readers see what they saw before';
  const asked = { pipeline: '/srv/my shop', from: '2026-11-01', to: '2026-11-20' };
  expect(of('BadDefinition', '', asked).slice(-2)).toEqual([kept, "next: daybreak validate '/srv/my shop'"]);
  expect(of('MissingFile', '', asked).slice(-2)).toEqual([
    kept,
    "next: mend it; then daybreak run '/srv/my shop' --from 2026-11-01 --to 2026-11-20",
  ]);
  expect(of('BadRequest', '', 'rubbish').slice(-2)).toEqual([kept, 'next: mend it; then start it again']);
  expect(of('MissingFile', 'shop').slice(-2)).toEqual([
    'kept: no edition was live before',
    'next: mend it; then daybreak run shop',
  ]);
});

test('a run that was terminated has no step to blame', () => {
  expect(told({ result: result({}) })[1]).toBe('run: Ended: it ended without a result');
});

test('of a blocked run: the check, its failing rows, and what readers see', () => {
  const check = (name: string, change: Partial<CheckResult>): CheckResult => ({
    ...{ name, subject: 'orders', severity: 'error', outcome: 'fail', observed: '3 rows', expected: 'none' },
    ...change,
  });
  const blocked = result({
    outcome: 'blocked',
    edition: '2026-11-26-def',
    checks: [check('fine', { outcome: 'pass' }), check('unique id', { evidence: 'evidence/shop/r/1' }), check('b', {})],
  });
  expect(told({ result: blocked })).toEqual([
    'ended: blocked after 3 min',
    'check: orders: unique id: 3 rows; expected none, and 1 more check',
    'evidence: daybreak status shop-1 --evidence evidence/shop/r/1',
    'kept: the candidate 2026-11-26-def; the live edition 2026-11-25-abc is untouched',
    'next: correct the data or the check; then daybreak run shop',
  ]);
});

test('a run that ended well, was cancelled, or came second', () => {
  expect(told({ result: result({ outcome: 'published', edition: 'e1' }) })).toEqual([
    'ended: published after 3 min',
    'edition: e1; nothing is wrong',
    'next: daybreak status shop-1',
  ]);
  expect(told({ result: result({ outcome: 'cancelled' }) }).at(-1)).toBe('next: daybreak run shop');
  expect(told({ result: result({ outcome: 'duplicate', duplicateOf: { workflowId: 'shop-0', runId: 'q' } }) })).toEqual(
    ['ended: duplicate after 3 min', 'because: shop-0 was at the same thing', 'next: daybreak status shop-0'],
  );
});

test('control characters of errors do nothing, and nothing is longer than a line or two', () => {
  const lastFailure = `\u001b[2J${'x'.repeat(1_000)}`;
  const [, step = ''] = told({ pending: [pending('extract_orders', { attempt: 2, lastFailure })] });
  expect(step).not.toContain('\u001b');
  expect(step.length).toBeLessThan(330);
});

test('labels stand one below the other', () => {
  expect(
    whyText([
      { label: 'a', text: 'one' },
      { label: 'abc', text: 'two' },
    ]),
  ).toBe('a    one\nabc  two');
});

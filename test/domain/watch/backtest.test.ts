/** Recorded nights under the thresholds that are declared and under others: what rings, and when. */
import fc from 'fast-check';
import { type Backtest, backtest, type BacktestNight } from '../../../src/domain/watch/backtest';
import type { RunRecord } from '../../../src/domain/watch/record';
import type { WatchSettings } from '../../../src/domain/watch/settings';
import { day, failed, healthy, record, stopped, withStep } from './records';
import { settings } from './seen';

const HOUR = 3_600_000;
const BEFORE = 6;
/** The night that most tests are about: a Sunday, after six that went well. */
const NIGHT = day(BEFORE);
const LATER = new Date('2028-01-01T00:00:00Z');

const both = (changed: Partial<WatchSettings>, declared: Partial<WatchSettings> = {}) => ({
  declared: { ...settings, ...declared },
  changed: { ...settings, ...declared, ...changed },
});
const tried = (
  night: readonly RunRecord[],
  changed: Partial<WatchSettings> = {},
  declared = {},
  now = LATER,
): Backtest => backtest([...healthy(BEFORE), ...night], both(changed, declared), now);
const of = ({ nights }: Backtest, asOf: string): BacktestNight => {
  const night = nights.find((each) => each.asOf === asOf);
  if (night === undefined) throw new Error(`no night ${asOf}`);
  return night;
};

/** `06:40`, with `late`, `missed` and `false` where it is so. */
function told({ page, late, missed, falsePage }: BacktestNight['declared']): string {
  const words = [page?.slice(11, 16) ?? 'none'];
  if (late) words.push('late');
  if (missed) words.push('missed');
  if (falsePage) words.push('false');
  return words.join(' ');
}

const scheduled = (asOf: string, time: string) => ({ workflowId: `q-shop-${asOf}T${time}:00Z` });
const unread = { step: 'extract_orders', kind: 'Transient', message: 'connection refused' };

test.each<[string, RunRecord[], string]>([
  ['goes well', healthy(1, BEFORE), 'none'],
  ['fails and is repaired in the middle of it', [failed(NIGHT, '02:00'), record(NIGHT, '05:00')], 'none'],
  // Five and a half minutes remain, and three quarters of an hour for a repair.
  ['fails and is repaired after the ring', [failed(NIGHT, '02:00'), record(NIGHT, '06:50')], '06:40'],
  ['fails and is repaired too late', [failed(NIGHT, '02:00'), record(NIGHT, '07:20')], '06:40 late'],
  ['fails for good', [failed(NIGHT, '02:00')], '06:40 late'],
  ['is made good by the next one only', [failed(NIGHT, '02:00'), ...healthy(1, BEFORE + 1)], '06:40 late'],
  ['fails too late for a repair', [failed(NIGHT, '07:00', scheduled(NIGHT, '07:00'))], '07:10 late missed'],
  ['is stopped by a gate', [stopped(NIGHT, '02:00')], '06:44 late'],
  ['is slow, and in time by itself', [withStep(NIGHT, '02:00', 'extract_orders', 17_400)], '06:30 false'],
  ['is slow, and done before it matters', [withStep(NIGHT, '02:00', 'extract_orders', 4 * 3600)], 'none'],
  ['is too slow', [withStep(NIGHT, '02:00', 'extract_orders', 6 * 3600)], '06:30 late'],
  [
    'is slow in a step that begins when nothing else happens',
    [withStep(NIGHT, '02:00', 'transform_sales', 6 * 3600)],
    '06:40 late',
  ],
  [
    'has a source that stays away until it is given up',
    [
      record(NIGHT, '02:00', {
        ...{ outcome: 'failed', edition: null, failure: unread },
        steps: [
          ['planRun', 10],
          ['extract_orders!', 5 * 3600],
        ],
      }),
    ],
    '06:30 late',
  ],
  [
    'is quicker than usual until it fails',
    [
      failed(NIGHT, '02:00', {
        steps: [
          ['planRun', 10],
          ['extract_orders', 100],
          ['transform_sales!', 20],
        ],
      }),
    ],
    '06:40 late',
  ],
  [
    'goes on after a failure with what does not depend on it',
    [
      failed(NIGHT, '02:00', {
        steps: [
          ['planRun', 10],
          ['extract_orders', 590],
          ['validate_sources', 30],
          ['transform_sales!', 20],
          ['transform_other', 7200],
        ],
      }),
    ],
    '06:40 late',
  ],
  [
    'is slow, and looked at while it was not yet',
    [
      withStep(NIGHT, '02:00', 'extract_orders', 6 * 3600),
      record(day(BEFORE - 3), '00:00', {
        ...{ startedAt: `${NIGHT}T02:05:00.000Z`, endedAt: `${NIGHT}T02:09:00.000Z`, steps: [] },
      }),
    ],
    '06:30 late',
  ],
  [
    'waits for a file before it can be planned',
    [withStep(NIGHT, '02:00', 'planRun', 4.6 * 3600, undefined, scheduled(NIGHT, '02:00'))],
    'none',
  ],
  [
    'begins late, and whose source is given up',
    [
      record(NIGHT, '06:31', {
        ...{ outcome: 'failed', edition: null, failure: unread, ...scheduled(NIGHT, '06:31') },
        steps: [
          ['planRun', 10],
          ['extract_orders!', 580],
        ],
      }),
    ],
    '06:33 late',
  ],
  // What goes well needs no repair; what is tried again may.
  ['begins late, and well', [record(NIGHT, '06:31', scheduled(NIGHT, '06:31'))], 'none'],
  [
    'begins late, and is tried again',
    [withStep(NIGHT, '06:31', 'extract_orders', 590, 90, scheduled(NIGHT, '06:31'))],
    '06:32 false',
  ],
  ['begins too late, and well', [record(NIGHT, '07:20', scheduled(NIGHT, '07:20'))], '07:20 late missed'],
  ['is begun by a person, who was rung', [record(NIGHT, '07:00')], '06:30'],
  [
    'cannot be planned',
    [
      record(NIGHT, '02:00', {
        ...{ asOf: null, outcome: 'failed', edition: null, planned: [], ...scheduled(NIGHT, '02:00') },
        steps: [['planRun!', 5]],
        failure: { step: 'planRun', kind: 'BadDefinition', message: 'no such column' },
      }),
    ],
    '06:30 late',
  ],
  ['has nothing new', [record(NIGHT, '02:00', { outcome: 'unchanged', planned: [], steps: [['planRun', 9]] })], 'none'],
  [
    'is repaired by one that is newer already',
    [
      failed(NIGHT, '02:00'),
      record(day(BEFORE + 1), '06:00', {
        startedAt: `${NIGHT}T06:00:00.000Z`,
        endedAt: `${NIGHT}T06:15:00.000Z`,
        steps: [],
      }),
    ],
    'none',
  ],
])('a night that %s', (_, night, expected) => {
  expect(told(of(tried(night), NIGHT).declared)).toBe(expected);
});

test('the first night rings without knowing what remains, and in time but for a look', () => {
  const [first] = backtest([failed(NIGHT, '02:00')], both({}), LATER).nights;
  expect(first === undefined ? '' : told(first.declared)).toBe('06:46 late');
});

test('whose data served a night in the end is told', () => {
  const made = tried([failed(NIGHT, '02:00'), ...healthy(1, BEFORE + 1)]);
  expect(of(made, NIGHT)).toMatchObject({ dataOf: day(BEFORE + 1), dataAt: `${day(BEFORE + 1)}T02:15:00.000Z` });
  expect(of(made, day(BEFORE + 1))).toMatchObject({ dataOf: day(BEFORE + 1) });
});

test('a run that found another one at it is none of the night', () => {
  const twice = tried([record(NIGHT, '02:00'), record(NIGHT, '02:05', { outcome: 'duplicate' })]);
  expect(of(twice, NIGHT)).toMatchObject({ runs: 1, outcome: 'published' });
});

test('what is declared and what is changed are judged each by its own', () => {
  const slow = tried([withStep(NIGHT, '02:00', 'extract_orders', 17_400)], { repairMs: 10 * 60_000 });
  expect(slow).toMatchObject({
    added: [],
    removed: [NIGHT],
    declared: { pages: 1, falsePages: 1 },
    changed: { pages: 0 },
  });
  const early = tried([failed(NIGHT, '02:00'), record(NIGHT, '05:00')], { repairMs: 3 * HOUR });
  expect(early).toMatchObject({
    added: [NIGHT],
    removed: [],
    declared: { pages: 0 },
    changed: { pages: 1, falsePages: 0 },
  });
  expect(of(early, NIGHT).changed.page).toBe(`${NIGHT}T04:25:00.000Z`);
  expect(of(early, NIGHT)).toMatchObject({ runs: 2, outcome: 'published', dataAt: `${NIGHT}T05:15:00.000Z` });
});

test('a deadline on fewer days rings on fewer, and an earlier one on more', () => {
  const weekend = tried([failed(NIGHT, '02:00')], { deadline: '07:30 mon-fri' });
  expect(weekend).toMatchObject({
    added: [],
    removed: [NIGHT],
    declared: { late: 1 },
    changed: { late: 0, missed: 0 },
  });
  expect(of(weekend, NIGHT).changed.deadline).toBeNull();
  const early = tried(healthy(1, BEFORE), { deadline: '02:10' });
  expect(early.removed).toEqual([]);
  expect(early.added).toHaveLength(BEFORE + 1);
  expect(told(of(early, NIGHT).changed)).toBe('01:10 late');
});

test('without a deadline nothing rings, and with one what would have', () => {
  const result = tried([failed(NIGHT, '02:00')], { deadline: '07:30' }, { deadline: null });
  expect(result.declared).toEqual({ pages: 0, late: 0, missed: 0, falsePages: 0 });
  expect(result.added).toEqual([NIGHT]);
});

test('what was needed before anything was recorded, and what is not over yet, is not judged', () => {
  const [first] = backtest([failed(NIGHT, '12:00')], both({}), LATER).nights;
  expect(first?.declared).toMatchObject({ deadline: null, page: null, late: false });
  const open = of(tried([failed(NIGHT, '02:00')], {}, {}, new Date(`${NIGHT}T05:00:00Z`)), NIGHT);
  expect(open.declared).toMatchObject({ page: null, late: false, missed: false, falsePage: false });
});

test('the last nights are told by what was usual in those before them', () => {
  const nights = [...healthy(BEFORE), failed(NIGHT, '02:00'), ...healthy(3, BEFORE + 1)];
  const result = backtest(nights, both({}), LATER, 4);
  expect(result.nights.map(({ asOf }) => asOf)).toEqual([0, 1, 2, 3].map((ahead) => day(BEFORE + ahead)));
  expect(told(of(result, NIGHT).declared)).toBe('06:40 late');
  expect(backtest(nights, both({}), LATER, 3).declared).toMatchObject({ pages: 0 });
});

test('days without a record are said, where their data were needed', () => {
  const result = tried([record(day(BEFORE + 3), '02:00')]);
  expect(result.unrecorded).toEqual([day(BEFORE), day(BEFORE + 1), day(BEFORE + 2)]);
  const weekdays = tried([record(day(BEFORE + 3), '02:00')], {}, { deadline: '07:30 mon-fri' });
  expect(weekdays.unrecorded).toEqual([day(BEFORE + 1), day(BEFORE + 2)]);
});

test('nights that begin in the evening are judged by the deadline of the next morning', () => {
  const evening = (number: number) =>
    record(day(number), '22:00', { deadline: { at: `${day(number + 1)}T07:30:00.000Z`, slackSeconds: 33_000 } });
  const { declared } = backtest(
    [0, 1, 2, 3].map(evening),
    { declared: settings, changed: settings },
    new Date(`${day(9)}T00:00:00Z`),
  );
  expect(declared).toMatchObject({ pages: 0, late: 0 });
});

test('nothing is recorded', () => {
  expect(backtest([], both({}), LATER)).toMatchObject({ nights: [], added: [], removed: [], unrecorded: [] });
});

test('four hundred nights take no time', () => {
  const nights = healthy(400).map((night, index) => (index % 8 === 0 ? failed(day(index), '02:00') : night));
  const began = process.cpuUsage();
  expect(backtest(nights, both({ repairMs: 2 * HOUR }), LATER).declared.pages).toBe(50);
  // On a machine that does other work as well.
  expect(process.cpuUsage(began).user / 1e6).toBeLessThan(10);
});

describe('any nights', () => {
  const hour = fc.integer({ min: 0, max: 9 }).map((hours) => `0${hours}:00`);
  const seconds = fc.integer({ min: 1, max: 20_000 });
  const night = (asOf: string) =>
    fc.oneof(
      fc.constant([record(asOf, '02:00')]),
      fc
        .tuple(
          hour,
          fc.constantFrom('extract_orders', 'transform_sales'),
          seconds,
          fc.option(fc.integer({ min: 2, max: 50 })),
        )
        .map(([time, step, took, attempts]) => [withStep(asOf, time, step, took, attempts ?? undefined)]),
      fc
        .tuple(hour, hour)
        .map(([one, other]) => [failed(asOf, one), record(asOf, other, { runId: `second of ${asOf}` })]),
      fc.constant([failed(asOf, '02:00')]),
    );
  const nights = fc
    .tuple(...Array.from({ length: 6 }, (_, index) => night(day(BEFORE + index))))
    .map((all) => all.flat());
  const minutes = fc.integer({ min: 1, max: 600 });

  test('ring the same under the same thresholds', () => {
    fc.assert(
      fc.property(nights, minutes, (all, repair) => {
        const result = tried(all, {}, { repairMs: repair * 60_000 });
        expect([result.added, result.removed]).toEqual([[], []]);
        expect(result.changed).toEqual(result.declared);
      }),
      { numRuns: 25 },
    );
  });

  test('ring no less and no later when a repair takes longer', () => {
    fc.assert(
      fc.property(nights, minutes, minutes, (all, repair, more) => {
        const result = tried(all, { repairMs: (repair + more) * 60_000 }, { repairMs: repair * 60_000 });
        expect(result.removed).toEqual([]);
        for (const { declared, changed } of result.nights)
          if (declared.page !== null) expect((changed.page ?? '') <= declared.page).toBe(true);
      }),
      { numRuns: 25 },
    );
  });
});

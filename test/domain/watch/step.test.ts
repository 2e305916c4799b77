/** Nights as tables: what is seen at which time, and what comes of it. */
import { deliveryTold } from '../../../src/domain/watch/night';
import type { WatchOrder } from '../../../src/domain/watch/step';
import { lookAgainMs } from '../../../src/domain/watch/step';
import { at, DAY, ended, EXPECTED, type Happens, over, play, run, schedule, settings, started, step } from './seen';

const NEXT = '2026-11-27';
const nextNight = { asOf: NEXT, dueAt: at('02:00', NEXT), deadline: at('07:30', NEXT) };
const transient = { kind: 'Transient', message: 'connection refused' };
const poisoned: Happens[] = [{ planned: 'a' }, { told: ended('a', 'failed'), at: '02:20' }];
/** A night in which the same model fails. */
const poisonedNext: Happens[] = [
  { planned: 'b', asOf: NEXT },
  { look: `${NEXT}T02:20:00.000Z`, nights: [nextNight], runs: [over('b', 'failed', { asOf: NEXT })] },
];
const withSchedule = (name: string) => schedule({ recent: [started(name)] });
const waiting = (attempt: number) =>
  run('a', { pending: [step('extract_orders', '02:00', { attempt, started: false, failure: transient })] });
const keys = (all: readonly WatchOrder[]) => new Set(all.map(({ key }) => key));

test.each<[string, Happens[], Record<string, string[]>]>([
  [
    'that goes well is nobody’s business',
    [{ planned: 'a' }, { look: '02:10', runs: [run('a')] }, { look: '02:25', runs: [over('a', 'published')] }],
    {},
  ],
  [
    'whose step is tried again twice is not worth a word',
    [{ planned: 'a' }, { look: '02:01', runs: [waiting(2)] }, { look: '02:25', runs: [over('a', 'published')] }],
    {},
  ],
  [
    'whose step is tried again and again heals, and nobody is told more than that',
    [
      { planned: 'a' },
      { look: '02:05', runs: [waiting(3)] },
      { look: '02:06', runs: [waiting(9)] },
      { look: '02:08', runs: [run('a', { done: ['extract_orders'], pending: [step('transform_sales', '02:07')] })] },
      { look: '02:25', runs: [over('a', 'published')] },
    ],
    { '02:05': ['routine retrying'], '02:08': ['recovered: it passed by itself'] },
  ],
  [
    'whose source stays away matters more as the time goes, and rings once',
    [
      { planned: 'a' },
      { look: '02:05', runs: [waiting(3)] },
      { look: '04:59', runs: [waiting(200)] },
      { look: '05:01', runs: [waiting(200)] },
      { look: '06:14', runs: [waiting(250)] },
      { look: '06:16', runs: [waiting(251)] },
      { look: '07:31', runs: [waiting(300)] },
      { look: '08:00', runs: [over('a', 'published')] },
    ],
    {
      '02:05': ['routine retrying'],
      '05:01': ['degraded retrying'],
      '06:16': ['critical retrying'],
      // What is said of the time that is left is no longer true.
      '07:31': ['critical retrying'],
      '08:00': ['recovered: edition edition-of-a is out'],
    },
  ],
  [
    'with a poisoned model waits while there is time, rings in time, and is over with the second run',
    [
      ...poisoned,
      { look: '02:20' },
      { look: '03:00' },
      { look: '05:03' },
      { look: '06:14' },
      { look: '06:35' },
      { planned: 'a2' },
      { look: '06:50', runs: [run('a2')] },
      { look: '07:05', runs: [over('a2', 'published')] },
      { look: '07:06' },
    ],
    {
      '02:20': ['routine failed'],
      '05:03': ['degraded failed'],
      '06:35': ['critical failed'],
      '07:05': ['recovered: edition edition-of-a2 is out'],
    },
  ],
  [
    'that failed when people are about is told them',
    [
      ...poisoned,
      { look: '02:20' },
      { look: '07:29', nights: [{ asOf: DAY, dueAt: null, deadline: null }], awake: true },
    ],
    { '02:20': ['routine failed'], '07:29': ['degraded failed'] },
  ],
  [
    'whose data nobody waits for needs a person, and wakes none',
    [
      { planned: 'a' },
      {
        look: '02:20',
        nights: [{ asOf: DAY, dueAt: at('02:00'), deadline: null }],
        runs: [over('a', 'failed')],
      },
      { look: '09:00', nights: [{ asOf: DAY, dueAt: null, deadline: null }] },
    ],
    { '02:20': ['degraded failed'] },
  ],
  [
    'without a worker stands still',
    [
      { planned: 'a' },
      { look: '02:02', runs: [run('a', { unserved: ['q-store'] })] },
      { look: '05:01', runs: [run('a', { unserved: ['q-store'] })] },
      { look: '06:20', runs: [run('a', { unserved: ['q-store'] })] },
      { look: '06:25', runs: [run('a')] },
      { look: '06:50', runs: [over('a', 'published')] },
    ],
    {
      '02:02': ['routine no-worker'],
      '05:01': ['degraded no-worker'],
      '06:20': ['critical no-worker'],
      '06:50': ['recovered: edition edition-of-a is out'],
    },
  ],
  [
    'without a worker at its start is known by the schedule',
    [
      { look: '02:01', schedule: withSchedule('a'), runs: [run('a', { unserved: ['q'] })] },
      { look: '02:03', schedule: withSchedule('a'), runs: [run('a')] },
      { planned: 'a' },
      { look: '02:20', schedule: withSchedule('a'), runs: [over('a', 'published')] },
    ],
    { '02:01': ['routine no-worker'], '02:03': ['recovered: it passed by itself'] },
  ],
  [
    'whose schedule started nothing is noticed after a moment',
    [{ look: '01:59' }, { look: '02:00:30' }, { look: '02:01' }, { planned: 'a' }, { look: '02:05', runs: [run('a')] }],
    { '02:01': ['routine never-started'], '02:05': ['recovered: it passed by itself'] },
  ],
  [
    'whose schedule is paused rings when nothing else would be in time',
    [
      { look: '02:02', schedule: schedule({ paused: true, note: 'moving house' }) },
      { look: '06:46', schedule: schedule({ paused: true, note: 'moving house' }) },
      { planned: 'a' },
      { look: '06:50', runs: [run('a')] },
      { look: '07:20', runs: [over('a', 'published')] },
    ],
    {
      '02:02': ['routine never-started'],
      '06:46': ['critical never-started'],
      '07:20': ['recovered: edition edition-of-a is out'],
    },
  ],
  [
    'without any schedule should begin when it can just be in time',
    [
      { look: '06:44', schedule: null, nights: [{ asOf: DAY, dueAt: null, deadline: at('07:30') }] },
      { look: '06:45', schedule: null, nights: [{ asOf: DAY, dueAt: null, deadline: at('07:30') }] },
      { look: '06:45:30', schedule: null, nights: [{ asOf: DAY, dueAt: null, deadline: at('07:30') }] },
    ],
    { '06:45': ['degraded never-started'], '06:45:30': ['critical never-started'] },
  ],
  [
    'that is stuck is noticed whatever its heart does',
    [
      { planned: 'a', expected: [] },
      { look: '02:10', runs: [run('a', { pending: [step('transform_sales', '02:09', { progress: '0.2' })] })] },
      { look: '02:19', runs: [run('a', { pending: [step('transform_sales', '02:09', { progress: '0.2' })] })] },
      { look: '02:21', runs: [run('a', { pending: [step('transform_sales', '02:09', { progress: '0.2' })] })] },
      { look: '02:22', runs: [run('a', { pending: [step('transform_sales', '02:09', { progress: '0.3' })] })] },
    ],
    { '02:21': ['routine stuck'], '02:22': ['recovered: it passed by itself'] },
  ],
  [
    'with a step that takes longer than on nearly all nights is slow, and in time all the same',
    [
      { planned: 'a' },
      { look: '02:22', runs: [run('a', { pending: [step('extract_orders', '02:00', { progress: '5' })] })] },
      { look: '02:23', runs: [run('a', { pending: [step('extract_orders', '02:00', { progress: '6' })] })] },
      { look: '02:40', runs: [over('a', 'published')] },
    ],
    { '02:23': ['routine slow'], '02:40': ['recovered: edition edition-of-a is out'] },
  ],
  [
    'that goes well and began too late rings, and not before that is sure',
    [
      { planned: 'a' },
      { look: '06:59', runs: [run('a')] },
      { look: '07:05', runs: [run('a', { pending: [step('extract_orders', '07:04')] })] },
      { look: '07:32', runs: [run('a', { pending: [step('transform_sales', '07:31')] })] },
      { look: '07:50', runs: [over('a', 'published')] },
    ],
    { '07:05': ['critical late'], '07:32': ['critical late'], '07:50': ['recovered: edition edition-of-a is out'] },
  ],
  [
    'that rang and goes on waits for its edition',
    [
      { planned: 'a' },
      { look: '06:50', runs: [run('a', { unserved: ['q-store'] })] },
      { look: '06:51', runs: [run('a', { done: ['extract_orders', 'validate_sources'] })] },
      { look: '06:55', runs: [run('a', { done: ['extract_orders', 'validate_sources', 'transform_sales'] })] },
      { look: '07:00', runs: [over('a', 'published')] },
    ],
    { '06:50': ['critical no-worker'], '07:00': ['recovered: edition edition-of-a is out'] },
  ],
  [
    'in which one trouble follows another has one incident',
    [
      { planned: 'a' },
      { look: '05:02', runs: [run('a', { unserved: ['q-store'] })] },
      { look: '05:10', runs: [over('a', 'failed')] },
      { look: '06:40' },
    ],
    { '05:02': ['degraded no-worker'], '05:10': ['degraded failed'], '06:40': ['critical failed'] },
  ],
  [
    'whose routine trouble gives way to another forgets the first',
    [{ planned: 'a' }, { look: '02:05', runs: [waiting(3)] }, { look: '02:10', runs: [over('a', 'failed')] }],
    { '02:05': ['routine retrying'], '02:10': ['recovered: something else is wrong by now', 'routine failed'] },
  ],
  [
    'blocked by a gate waits for a person',
    [
      { planned: 'a' },
      {
        look: '02:20',
        runs: [
          over('a', 'blocked', {
            checks: [{ name: 'rows', subject: 'sales', outcome: 'fail', observed: '0 rows', expected: 'at least 1' }],
          }),
        ],
      },
      { look: '06:46' },
    ],
    { '02:20': ['routine blocked'], '06:46': ['critical blocked'] },
  ],
  [
    'with the same cause as the one before joins it, and the next good one ends both',
    [
      ...poisoned,
      { look: '06:40' },
      ...poisonedNext,
      { told: ended('b2', 'published', { asOf: NEXT }), at: '09:00' },
      { look: `${NEXT}T09:00:00.000Z`, nights: [] },
    ],
    {
      '06:40': ['critical failed'],
      [`${NEXT}T02:20:00.000Z`]: ['critical failed', 'routine failed'],
      [`${NEXT}T09:00:00.000Z`]: ['recovered: edition edition-of-b2 is out'],
    },
  ],
  [
    'that is made good while the next one fails of the same leaves that one’s incident open',
    [
      ...poisoned,
      { look: '06:40' },
      ...poisonedNext,
      { told: ended('a2', 'published'), at: '09:00' },
      { look: `${NEXT}T09:00:00.000Z`, nights: [nextNight] },
    ],
    {
      '06:40': ['critical failed'],
      [`${NEXT}T02:20:00.000Z`]: ['critical failed', 'routine failed'],
      [`${NEXT}T09:00:00.000Z`]: ['critical failed'],
    },
  ],
  [
    'with another cause than the one before has an incident of its own',
    [
      ...poisoned,
      { look: '06:40' },
      { planned: 'b', asOf: NEXT },
      {
        look: `${NEXT}T02:20:00.000Z`,
        nights: [nextNight],
        runs: [
          over('b', 'failed', { asOf: NEXT, failure: { step: 'extract_orders', kind: 'Credentials', message: 'no' } }),
        ],
      },
    ],
    { '06:40': ['critical failed'], [`${NEXT}T02:20:00.000Z`]: ['critical failed', 'routine failed'] },
  ],
  [
    'is not disturbed by a run of an old window that fails',
    [
      { told: ended('y', 'published', { asOf: '2026-11-25' }), at: '02:10' },
      { planned: 'a' },
      { planned: 'old', asOf: '2026-11-22' },
      {
        look: '03:00',
        nights: [
          { asOf: '2026-11-22', dueAt: null, deadline: at('07:30', '2026-11-22') },
          { asOf: DAY, dueAt: at('02:00'), deadline: at('07:30') },
        ],
        runs: [run('a'), over('old', 'failed', { asOf: '2026-11-22' })],
      },
      { look: '03:10', runs: [over('a', 'published')] },
    ],
    { '03:00': ['routine failed'], '03:10': ['recovered: edition edition-of-a is out'] },
  ],
  [
    'is not over with a run of an old window',
    [
      ...poisoned,
      { look: '06:40' },
      { told: ended('old', 'published', { asOf: '2026-11-22' }), at: '06:50' },
      { look: '06:51' },
    ],
    { '06:40': ['critical failed'] },
  ],
  [
    'is not taken for started by a run of another window',
    [
      { planned: 'old', asOf: '2026-11-22' },
      { look: '02:02', runs: [run('old')] },
    ],
    { '02:02': ['routine never-started'] },
  ],
  [
    'goes on when a second run finds the first one at it',
    [
      { planned: 'a' },
      { told: ended('twice', 'duplicate'), at: '02:05' },
      { look: '02:06', runs: [run('a')] },
      { look: '05:01', runs: [run('a', { unserved: ['q-store'] })] },
    ],
    { '05:01': ['degraded no-worker'] },
  ],
  [
    'whose edition is out is not late for the sake of its report',
    [
      { planned: 'a' },
      {
        look: '07:31',
        runs: [run('a', { done: ['publishEdition'], pending: [step('update_dashboard', '07:30')] })],
      },
      {
        look: '07:33',
        runs: [
          run('a', { done: ['publishEdition'], pending: [step('update_dashboard', '07:30')], unserved: ['q-store'] }),
        ],
      },
    ],
    { '07:33': ['routine no-worker'] },
  ],
  [
    'that was there before it was watched is left alone',
    [
      {
        look: '12:00',
        nights: [],
        schedule: schedule({ recent: [started('before', '2026-11-15')] }),
        runs: [over('before', 'failed', { asOf: '2026-11-15' })],
      },
    ],
    {},
  ],
])('a night %s', (_, happens, expected) => {
  expect(play(happens).orders).toEqual(expected);
});

test('nights of one cause have one incident, and of two causes two', () => {
  const same = play([...poisoned, { look: '06:40' }, ...poisonedNext]);
  expect(keys(same.all).size).toBe(1);
  const other = play([
    ...poisoned,
    { look: '06:40' },
    { planned: 'b', asOf: NEXT },
    { look: `${NEXT}T02:02:00.000Z`, nights: [nextNight], runs: [run('b', { unserved: ['q-store'] })] },
  ]);
  expect(keys(other.all).size).toBe(2);
});

test('what followed in a night joins the incident that was told', () => {
  const { all } = play([
    { planned: 'a' },
    { look: '05:02', runs: [run('a', { unserved: ['q-store'] })] },
    { look: '05:10', runs: [over('a', 'failed')] },
  ]);
  expect(keys(all).size).toBe(1);
});

describe('the morning reads', () => {
  test('what healed, and how long before the deadline the edition was out', () => {
    const { notes } = play([
      { planned: 'a' },
      { look: '02:05', runs: [waiting(4)] },
      { look: '02:30', runs: [over('a', 'published')] },
    ]);
    expect(notes).toEqual([
      expect.stringMatching(/^waits: shop 2026-11-26: extract_orders is tried again and again/),
      'published: edition edition-of-a is out, 5 h before the deadline',
      'healed: extract_orders needed 4 attempts: connection refused',
    ]);
  });

  test('what rang', () => {
    const { notes } = play([...poisoned, { look: '06:40' }]);
    expect(notes).toEqual([expect.stringMatching(/^rang: shop 2026-11-26: transform_sales failed/)]);
  });
});

test('several lanes of one source make progress together, in whatever order they are told', () => {
  const lane = (progress: string) => step('extract_orders', '02:00', { progress });
  const looks = Array.from({ length: 30 }, (_, index) => ({
    look: at(`02:${String(index + 1).padStart(2, '0')}`),
    runs: [run('a', { pending: index % 2 === 0 ? [lane('1'), lane('2')] : [lane('2'), lane('1')] })],
  }));
  const { orders } = play([{ planned: 'a', expected: [] }, ...looks]);
  expect(Object.values(orders)).toEqual([['routine stuck']]);
});

describe('the next look', () => {
  const { state } = play([{ look: '01:00' }]);
  const seen = (time: string) => ({
    at: at(time),
    schedule: schedule({ nextDue: [at('02:00')] }),
    runs: [],
    nights: [],
    awake: false,
    nextDigest: at('07:30'),
  });
  const again = (time: string, given = state) => lookAgainMs(given, seen(time), Date.parse(at(time)));
  const minutes = (count: number) => count * 60_000;

  test('is seldom while nothing is due, and at the time when something is', () => {
    expect(again('01:00')).toBe(minutes(5));
    expect(again('01:58')).toBe(minutes(2));
  });

  test('comes when a start that was due counts as missed', () => {
    expect(again('02:00:10')).toBe(50_000);
  });

  test('comes when a run without a schedule should begin', () => {
    const { state } = play([
      { look: '06:00', schedule: null, nights: [{ asOf: DAY, dueAt: null, deadline: at('07:30') }] },
    ]);
    expect(again('06:43', state)).toBe(minutes(2));
  });

  test('is soon while a run goes on', () => {
    expect(again('02:10', play([{ planned: 'a', expected: EXPECTED }]).state)).toBe(settings.lookEveryMs);
  });
});

describe('what somebody does to the schedule', () => {
  const changed = schedule({ paused: true, note: 'stock-taking', changedByHand: ['cron: 0 3 * * * -> 0 5 * * *'] });

  test('is noticed once, and read in the morning', () => {
    const { notes } = play([
      { look: '02:00', schedule: changed },
      { look: '02:01', schedule: changed },
      { look: '02:02', schedule: schedule() },
    ]);
    expect(notes.filter((note) => note.startsWith('noticed'))).toEqual([
      'noticed: the schedule is paused: stock-taking',
      'noticed: the schedule was changed in Temporal: cron: 0 3 * * * -> 0 5 * * *',
    ]);
  });

  test('is told again when it is done again', () => {
    const { notes } = play([
      { look: '02:00', schedule: changed },
      { look: '02:01', schedule: schedule() },
      { look: '02:02', schedule: changed },
    ]);
    expect(notes.filter((note) => note.includes('stock-taking'))).toHaveLength(2);
  });
});

describe('several runs of a night', () => {
  test('one that cannot be planned does not hide the one that goes on', () => {
    const { all } = play([
      { planned: 'a' },
      { told: ended('typo', 'failed', { asOf: null }), at: '05:00' },
      { look: '05:01', runs: [run('a')] },
      { look: '06:50', runs: [run('a', { unserved: ['q'] })] },
    ]);
    expect(all).toMatchObject([{ observation: { cause: { kind: 'no-worker' }, severity: 'critical' } }]);
  });

  test('a repair that begins after the deadline rings for nobody', () => {
    const { all } = play([
      { planned: 'a' },
      { look: '06:50', runs: [over('a', 'blocked', { checks: [] })] },
      { planned: 'b' },
      { look: '07:45', runs: [run('b')] },
      { look: '07:50', runs: [over('b', 'published')] },
    ]);
    expect(all.map((order) => (order.kind === 'observed' ? order.observation.cause.kind : order.kind))).toEqual([
      'blocked',
      'recovered',
    ]);
  });

  test('of many runs a day little is kept', () => {
    const day = Array.from({ length: 60 }, (_, index): Happens[] => [
      { planned: `r${index}` },
      { look: '02:10', runs: [run(`r${index}`, { done: Array.from({ length: 50 }, (__, step) => `step_${step}`) })] },
      { look: '02:20', runs: [over(`r${index}`, 'failed')] },
    ]).flat();
    expect(JSON.stringify(play(day).state).length).toBeLessThan(60_000);
  });
});

test('a start that was missed rings for the deadline, whenever the next one is', () => {
  const night = (dueAt: string) => [{ asOf: DAY, dueAt: at(dueAt), deadline: at('07:30') }];
  const paused = schedule({ paused: true, note: 'moving house' });
  const { all } = play([
    { look: '01:00', schedule: paused, nights: night('02:00') },
    { look: '03:00', schedule: paused, nights: night('14:00') },
    { look: '06:50', schedule: paused, nights: night('14:00') },
  ]);
  expect(all).toMatchObject([
    { observation: { cause: { kind: 'never-started' }, severity: 'routine' } },
    { observation: { severity: 'critical' } },
  ]);
});

test('who was told hears of the end when the edition is out, and not when it looks well for a moment', () => {
  const { all } = play([
    { planned: 'a' },
    { look: '06:40', runs: [run('a', { unserved: ['q'] })] },
    {
      look: '06:41',
      runs: [run('a', { done: ['extract_orders'] })],
      nights: [{ asOf: DAY, dueAt: null, deadline: at('12:00') }],
    },
    {
      look: '06:42',
      runs: [
        run('a', {
          pending: [step('transform_sales', '06:41', { attempt: 4, failure: { kind: 'Transient', message: 'no' } })],
        }),
      ],
      nights: [{ asOf: DAY, dueAt: null, deadline: at('23:00') }],
    },
    { look: '06:43', runs: [run('a')], nights: [{ asOf: DAY, dueAt: null, deadline: at('23:00') }] },
    { look: '07:00', runs: [over('a', 'published')] },
  ]);
  expect(all.filter(({ kind }) => kind === 'recovered')).toHaveLength(1);
  expect(all.at(-1)?.kind).toBe('recovered');
  expect(new Set(all.map(({ key }) => key)).size).toBe(1);
});

test('what healed between two looks is read as well, and told by the run itself', () => {
  const { notes } = play([
    { planned: 'a' },
    { told: ended('a', 'published', { retried: [{ step: 'extract_orders', attempts: 2 }] }), at: '02:30' },
    { look: '02:31' },
  ]);
  expect(notes).toContain('healed: extract_orders needed 2 attempts: the one before failed, or its worker was gone');
});

test('a second run that goes past the deadline rings where nobody was rung before', () => {
  const run2 = (look: string) => run('b', { pending: [step('transform_sales', '02:30', { progress: look })] });
  const { orders } = play([
    { planned: 'a', expected: [] },
    { told: ended('a', 'failed'), at: '02:20' },
    { look: '02:21' },
    { planned: 'b', expected: [] },
    ...['02:31', '05:00', '07:29', '07:31', '08:00'].map((look) => ({ look, runs: [run2(look)] })),
  ]);
  expect(orders).toMatchObject({ '02:21': ['routine failed'], '07:31': ['critical late'] });
  expect(orders['08:00']).toBeUndefined();
});

test('a further run of a day whose edition is out rings for nobody, and is read in the morning once', () => {
  const { all, notes } = play([
    { planned: 'a' },
    { told: ended('a', 'published'), at: '02:30' },
    { look: '02:31' },
    { planned: 'b' },
    { look: '15:05', runs: [run('b')] },
    { told: ended('b', 'failed'), at: '15:10' },
    { look: '15:11', runs: [over('b', 'failed')], awake: true },
  ]);
  expect(all).toEqual([]);
  expect(notes.filter((note) => note.startsWith('failed'))).toEqual([`failed: ${run('b').workflowId}: failed`]);
});

test('a start that was to come and was taken away is not missed', () => {
  const tomorrow = (dueAt: string | null) => [{ asOf: NEXT, dueAt, deadline: null }];
  const { all } = play(
    [
      { look: '12:00', nights: tomorrow(at('02:00', NEXT)) },
      { look: '13:00', nights: tomorrow(null), schedule: null },
      { look: at('02:05', NEXT), nights: tomorrow(null) },
    ],
    { deadline: null },
  );
  expect(all).toEqual([]);
});

test('a message that was refused for good counts as undelivered, until another one of its incident gets through', () => {
  const { state } = play([]);
  const since = at('03:30');
  const lost = deliveryTold(state, 'i', { channel: 'ring', since, text: null, lost: 'refused' }, since);
  expect(lost.undelivered).toEqual({ i: { channel: 'ring', since, text: 'refused' } });
  expect(deliveryTold(lost, 'i', { channel: 'ring', since, text: null, lost: null }, since).undelivered).toEqual({});
});

describe('a watch that begins where another one was ended', () => {
  const left = { key: 'aa11', severity: 'critical', title: 'orders cannot be read', nights: [DAY] } as const;

  test('ends what that one left open once the edition is out', () => {
    const { all } = play([
      { look: '01:50', incidents: [left] },
      { planned: 'a' },
      { look: '02:10', runs: [run('a')] },
      { look: '02:20', runs: [over('a', 'published')] },
    ]);
    expect(all).toEqual([{ kind: 'recovered', key: 'aa11', text: 'edition edition-of-a is out' }]);
  });

  test('or is out already, of the same data or of newer ones', () => {
    const before = { ...left, nights: ['2026-11-24', DAY] };
    const { all } = play([
      { told: ended('a', 'published'), at: '02:30' },
      { look: '03:00', incidents: [before] },
    ]);
    expect(all).toEqual([{ kind: 'recovered', key: 'aa11', text: 'edition edition-of-a is out' }]);
  });

  test('and says no more of the night than is new', () => {
    const { all } = play([
      { look: '02:30', incidents: [left], schedule: withSchedule('a'), runs: [over('a', 'failed')] },
      { look: '02:31', schedule: withSchedule('a'), runs: [over('a', 'failed')] },
    ]);
    expect(all).toMatchObject([{ key: 'aa11', observation: { cause: { kind: 'failed' } } }]);
  });

  test('what nobody was told of is over when nothing is wrong', () => {
    const { all } = play([{ look: '01:50', incidents: [{ ...left, severity: 'routine' }] }]);
    expect(all).toEqual([{ kind: 'recovered', key: 'aa11', text: 'it passed by itself' }]);
  });
});

import { differences, durationText, factsOf, wantedSchedule } from '../../src/domain/schedule';
import { watchSettings } from '../../src/domain/watch/declared';

const declared = { cron: '30  3 * * mon-fri', overlap: 'buffer_one', catch_up: '90m', jitter: '5m' } as const;
const shop = { name: 'shop', zone: 'Europe/Berlin', schedule: declared };

test('what is declared, as Temporal is told', () => {
  expect(wantedSchedule(shop, '/folders/shop', 'daybreak')).toEqual({
    id: 'daybreak-shop',
    pipeline: 'shop',
    cron: '30  3 * * mon-fri',
    zone: 'Europe/Berlin',
    overlap: 'buffer_one',
    catchUpMs: 90 * 60_000,
    jitterMs: 5 * 60_000,
    workflowType: 'runPipeline',
    workflowId: 'daybreak-shop',
    taskQueue: 'daybreak',
    request: { pipeline: '/folders/shop' },
  });
  expect(wantedSchedule({ ...shop, schedule: undefined }, '/folders/shop', 'daybreak')).toBeUndefined();
});

test('the shipped pipeline by its name is the workflow of its own', () => {
  const schedule = { cron: '0 3 * * *', overlap: 'skip', catch_up: '6h', jitter: undefined } as const;
  const wanted = wantedSchedule({ ...shop, schedule }, 'customer-analytics', 'q');
  expect(wanted).toMatchObject({
    workflowType: 'customerAnalytics',
    jitterMs: 0,
    request: { pipeline: 'customer-analytics' },
  });
});

test('the difference is told by property, and only where there is one', () => {
  const wanted = wantedSchedule(shop, '/folders/shop', 'daybreak');
  if (wanted === undefined) throw new Error('a schedule is declared');
  const facts = factsOf(wanted);
  expect(facts.cron).toBe('30 3 * * mon-fri');
  expect(facts.catch_up).toBe('90m');
  expect(differences(facts, { ...facts })).toEqual([]);
  const { jitter: _, ...rest } = facts;
  const other = { ...rest, cron: '0 4 * * *', until: '2027-01-01T00:00:00.000Z' };
  expect(differences(facts, other)).toEqual([
    'cron: 30 3 * * mon-fri -> 0 4 * * *',
    'jitter: 5m -> none',
    'until: none -> 2027-01-01T00:00:00.000Z',
  ]);
});

test.each([
  [0, 'none'],
  [45_000, '45s'],
  [90_000, '90s'],
  [5_400_000, '90m'],
  [21_600_000, '6h'],
  [31_536_000_000, '365d'],
  [1500, '1500ms'],
])('%d ms is %s', (ms, text) => expect(durationText(ms)).toBe(text));

test('what the watch goes by, with what is usual where nothing is declared', () => {
  expect(watchSettings({ name: 'shop', zone: 'UTC', repair_time: '30m' }, 'q', 30_000)).toEqual({
    pipeline: 'shop',
    zone: 'UTC',
    taskQueue: 'q',
    deadline: null,
    repairMs: 1_800_000,
    owner: null,
    notify: { channels: {}, routes: [], insights: [], reopen: '1d' },
    lookEveryMs: 30_000,
    patienceMs: 120_000,
    againMs: 300_000,
  });
  const all = { deadline: '07:30 mon-fri', repair_time: '1h', owner: 'sales' };
  expect(watchSettings({ name: 'shop', zone: 'UTC', ...all }, 'q', 30_000)).toMatchObject({
    ...{ deadline: '07:30 mon-fri', repairMs: 3_600_000, owner: 'sales' },
  });
});

/** Which nights a schedule makes, and when their data are needed: whatever is started when. */
import { nightsDue } from '../../../src/domain/watch/due';

const ZONE = 'UTC';
const started = (dueAt: string) => ({ dueAt: `${dueAt}:00.000Z`, workflowId: dueAt, runId: dueAt });
const nights = (
  at: string,
  recent: readonly string[],
  nextDue: readonly string[],
  days: readonly (readonly [string, string | null])[] = [],
  deadline: string | null = '07:30',
) =>
  nightsDue(
    { deadline, zone: ZONE },
    { recent: recent.map(started), nextDue: nextDue.map((time) => `${time}:00.000Z`) },
    days.map(([asOf, dueAt]) => ({ asOf, dueAt: dueAt === null ? null : `${dueAt}:00.000Z` })),
    new Date(`${at}:00.000Z`),
  ).map(({ asOf, dueAt, deadline: needed }) => [asOf, dueAt?.slice(0, 16) ?? null, needed?.slice(0, 16) ?? null]);

test('a night has the first start of its day, and keeps its deadline when the next start of the day is to come', () => {
  const before = nights('2026-11-26T02:59', ['2026-11-25T15:00'], ['2026-11-26T03:00']);
  const after = nights('2026-11-26T03:01', ['2026-11-25T15:00', '2026-11-26T03:00'], ['2026-11-26T15:00']);
  const night = ['2026-11-26', '2026-11-26T03:00', '2026-11-26T07:30'];
  expect(before).toContainEqual(night);
  expect(after).toContainEqual(night);
});

test('a run that is started after the deadline does not put it off', () => {
  const missed = [['2026-11-26', '2026-11-26T03:00']] as const;
  expect(nights('2026-11-26T07:41', ['2026-11-26T07:40'], ['2026-11-27T03:00'], missed)).toContainEqual([
    ...['2026-11-26', '2026-11-26T03:00', '2026-11-26T07:30'],
  ]);
});

test('what begins in the evening is needed the next morning, also when its start was left out', () => {
  const night = ['2026-11-26', '2026-11-26T22:00', '2026-11-27T07:30'];
  expect(nights('2026-11-26T21:30', ['2026-11-25T22:00'], ['2026-11-26T22:00'])).toContainEqual(night);
  const missed = [['2026-11-26', '2026-11-26T22:00']] as const;
  expect(nights('2026-11-26T22:02', ['2026-11-25T22:00'], ['2026-11-27T22:00'], missed)).toContainEqual(night);
});

test('of a schedule that is paused, one night waits for one deadline', () => {
  const days = [
    ['2026-11-26', '2026-11-26T22:00'],
    ['2026-11-27', null],
  ] as const;
  const frozen = ['2026-11-26T22:00', '2026-11-27T22:00', '2026-11-28T22:00'];
  expect(nights('2026-11-27T06:46', ['2026-11-25T22:00'], frozen, days)).toEqual([
    ['2026-11-25', '2026-11-25T22:00', '2026-11-26T07:30'],
    ['2026-11-26', '2026-11-26T22:00', '2026-11-27T07:30'],
    ['2026-11-27', '2026-11-27T22:00', '2026-11-28T07:30'],
  ]);
});

test('a start that is to come may be put off, or taken away', () => {
  const known = [['2026-11-26', '2026-11-26T03:00']] as const;
  expect(nights('2026-11-26T01:00', [], ['2026-11-26T05:00'], known)).toEqual([
    ['2026-11-26', '2026-11-26T05:00', '2026-11-26T07:30'],
  ]);
  expect(nights('2026-11-26T01:00', [], ['2026-11-27T03:00'], known, null)).toEqual([
    ['2026-11-27', '2026-11-27T03:00', null],
    ['2026-11-26', null, null],
  ]);
});

test('without a schedule the days that are asked about, and today, have their own deadlines', () => {
  const found = nightsDue(
    { deadline: '07:30', zone: ZONE },
    null,
    [{ asOf: '2026-11-25', dueAt: null }],
    new Date('2026-11-26T01:00:00Z'),
  );
  expect(found).toEqual([
    { asOf: '2026-11-25', dueAt: null, deadline: '2026-11-25T07:30:00.000Z' },
    { asOf: '2026-11-26', dueAt: null, deadline: '2026-11-26T07:30:00.000Z' },
  ]);
});

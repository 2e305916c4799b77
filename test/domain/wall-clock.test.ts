import { changeDays, firstInstantOf, instantsOf, startOfDay } from '../../src/domain/wall-clock';

const texts = (instants: readonly Date[]) => instants.map((instant) => instant.toISOString());
const BERLIN = 'Europe/Berlin';

test.each([
  ['an ordinary day', '2026-11-27T02:30:00', BERLIN, ['2026-11-27T01:30:00.000Z']],
  [
    'clocks are put back: twice',
    '2026-10-25T02:30:00',
    BERLIN,
    ['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z'],
  ],
  ['the end of the hour that comes twice', '2026-10-25T03:00:00', BERLIN, ['2026-10-25T02:00:00.000Z']],
  ['clocks are put forward: never', '2027-03-28T02:00:00', BERLIN, []],
  ['the end of the hour that is left out', '2027-03-28T03:00:00', BERLIN, ['2027-03-28T01:00:00.000Z']],
  ['in the south', '2027-04-04T02:30:00', 'Pacific/Auckland', ['2027-04-03T13:30:00.000Z', '2027-04-03T14:30:00.000Z']],
  ['half an hour', '2026-10-04T02:15:00', 'Australia/Lord_Howe', []],
  ['without changes', '2026-10-25T02:30:00', 'Asia/Kolkata', ['2026-10-24T21:00:00.000Z']],
])('%s', (_, wall, zone, expected) => {
  expect(texts(instantsOf(wall, zone))).toEqual(expected);
});

test('a time that is left out is taken as far after the change', () => {
  expect(firstInstantOf('2027-03-28T02:30:00', BERLIN).toISOString()).toBe('2027-03-28T01:30:00.000Z');
  expect(firstInstantOf('2026-10-25T02:30:00', BERLIN).toISOString()).toBe('2026-10-25T00:30:00.000Z');
});

test('days on which clocks are changed, also those at whose midnight they are', () => {
  const from = new Date('2026-10-01T00:00:00Z');
  expect(changeDays(from, 400, BERLIN)).toEqual(['2026-10-25', '2027-03-28', '2027-10-31']);
  expect(changeDays(from, 32, 'America/New_York')).toEqual([]);
  expect(changeDays(from, 33, 'America/New_York')).toEqual(['2026-11-01']);
  expect(changeDays(new Date('2026-03-20T00:00:00Z'), 300, 'Africa/Cairo')).toEqual(['2026-04-24', '2026-10-29']);
  expect(changeDays(from, 400, 'UTC')).toEqual([]);
});

describe('the start of a day', () => {
  it.each([
    ['2026-03-01', 'UTC', '2026-03-01T00:00:00.000Z'],
    ['2026-03-30', 'Europe/Berlin', '2026-03-29T22:00:00.000Z'],
    ['2026-10-26', 'Europe/Berlin', '2026-10-25T23:00:00.000Z'],
    ['2026-03-01', 'Pacific/Kiritimati', '2026-02-28T10:00:00.000Z'],
    ['2026-03-01', 'Pacific/Pago_Pago', '2026-03-01T11:00:00.000Z'],
  ])('%s in %s is %s', (day, zone, instant) => expect(startOfDay(day, zone).toISOString()).toBe(instant));

  it('is when clocks go on, where they skip midnight', () =>
    expect(startOfDay('2026-09-06', 'America/Santiago').toISOString()).toBe('2026-09-06T04:00:00.000Z'));
});

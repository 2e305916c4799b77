import fc from 'fast-check';
import { clockTime, isHours, isWithin } from '../../src/domain/hours';

const MINUTE_MS = 60_000;
const time = fc
  .integer({ min: 0, max: 1439 })
  .map((minutes) => new Date(minutes * MINUTE_MS).toISOString().slice(11, 16));

test('hours are two times of a day that are not the same', () => {
  for (const good of ['22:00-06:00', '00:00-23:59', '09:30-17:45']) expect([good, isHours(good)]).toEqual([good, true]);
  for (const bad of ['22-06', '22:00-22:00', '24:00-06:00', '22:00-06:60', '9:00-17:00', '22:00–06:00', ' 22:00-06:00'])
    expect([bad, isHours(bad)]).toEqual([bad, false]);
});

test.each([
  // The first minute is in them, the last one is not.
  ['22:00-06:00', '2026-11-25T20:59:59Z', 'Europe/Berlin', false],
  ['22:00-06:00', '2026-11-25T21:00:00Z', 'Europe/Berlin', true],
  ['22:00-06:00', '2026-11-25T23:00:00Z', 'Europe/Berlin', true],
  ['22:00-06:00', '2026-11-26T04:59:59Z', 'Europe/Berlin', true],
  ['22:00-06:00', '2026-11-26T05:00:00Z', 'Europe/Berlin', false],
  ['20:00-00:00', '2026-11-25T23:59:59Z', 'UTC', true],
  ['20:00-00:00', '2026-11-26T00:00:00Z', 'UTC', false],
  ['09:00-17:00', '2026-11-25T08:59:00Z', 'UTC', false],
  ['09:00-17:00', '2026-11-25T16:59:00Z', 'UTC', true],
  // A zone that is 5 h 45 min ahead.
  ['00:00-01:00', '2026-11-24T18:14:00Z', 'Asia/Kathmandu', false],
  ['00:00-01:00', '2026-11-24T18:15:00Z', 'Asia/Kathmandu', true],
  // 02:00 to 03:00 comes twice in this night, and in the other one not at all.
  ['02:00-03:00', '2026-10-25T00:30:00Z', 'Europe/Berlin', true],
  ['02:00-03:00', '2026-10-25T01:30:00Z', 'Europe/Berlin', true],
  ['02:00-03:00', '2026-10-25T02:00:00Z', 'Europe/Berlin', false],
  ['02:00-03:00', '2026-03-29T00:59:59Z', 'Europe/Berlin', false],
  ['02:00-03:00', '2026-03-29T01:00:00Z', 'Europe/Berlin', false],
  ['02:30-03:30', '2026-03-29T01:29:00Z', 'Europe/Berlin', true],
])('%s at %s in %s: %s', (hours, instant, zone, expected) => {
  expect(isWithin(hours, new Date(instant), zone)).toBe(expected);
});

test('a time is either within hours or within those that are left of the day', () => {
  fc.assert(
    fc.property(time, time, fc.date({ noInvalidDate: true }), (from, to, instant) => {
      fc.pre(from !== to);
      const zone = 'America/New_York';
      return isWithin(`${from}-${to}`, instant, zone) !== isWithin(`${to}-${from}`, instant, zone);
    }),
  );
  expect(clockTime(new Date('2026-11-25T00:05:00Z'), 'UTC')).toBe('00:05');
});

import fc from 'fast-check';
import { addDays, byteCount, daysBetween, localDay, milliseconds, resolveWindow } from '../../src/domain/window';

const day = fc
  .date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

describe('days', () => {
  it('adds and counts the same days, over leap days and year ends', () => {
    fc.assert(
      fc.property(
        day,
        fc.integer({ min: -5000, max: 5000 }),
        (from, days) => daysBetween(from, addDays(from, days)) === days,
      ),
    );
    expect(addDays('2024-02-28', 1)).toBe('2024-02-29');
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
  });

  it.each([
    ['2026-11-24T22:59:59Z', 'Europe/Berlin', '2026-11-24'],
    ['2026-11-24T23:00:00Z', 'Europe/Berlin', '2026-11-25'],
    ['2026-03-29T00:59:59Z', 'Europe/Berlin', '2026-03-29'],
    ['2026-11-24T18:14:59Z', 'Asia/Kathmandu', '2026-11-24'],
    ['2026-11-24T18:15:00Z', 'Asia/Kathmandu', '2026-11-25'],
    ['2026-11-24T04:59:59Z', 'America/New_York', '2026-11-23'],
    ['2026-11-24T05:00:00Z', 'America/New_York', '2026-11-24'],
  ])('%s in %s is %s', (instant, zone, expected) => {
    expect(localDay(new Date(instant), zone)).toBe(expected);
  });

  it('understands durations and sizes', () => {
    expect([milliseconds('45s'), milliseconds('2h'), milliseconds('28d'), milliseconds('250ms')]).toEqual([
      45_000, 7_200_000, 2_419_200_000, 250,
    ]);
    expect([byteCount('512KB'), byteCount('32MB'), byteCount('1GB')]).toEqual([512_000, 32_000_000, 1_000_000_000]);
  });
});

describe('the window of a run', () => {
  const zone = 'Europe/Berlin';
  const logicalTime = new Date('2026-11-25T01:00:00Z');
  it('ends at the last local midnight before the logical time', () => {
    expect(resolveWindow({ declared: { days: 28 }, zone, logicalTime })).toEqual({
      from: '2026-10-28',
      to: '2026-11-25',
      asOf: '2026-11-25',
    });
  });
  it('takes declared days over the clock, and given ones over those', () => {
    const declared = { from: '2011-11-11', to: '2011-12-09', days: 28 };
    expect(resolveWindow({ declared, zone, logicalTime })).toEqual({
      from: '2011-11-11',
      to: '2011-12-09',
      asOf: '2011-12-09',
    });
    expect(resolveWindow({ to: '2011-06-30', declared, zone, logicalTime })).toEqual({
      from: '2011-06-02',
      to: '2011-06-30',
      asOf: '2011-06-30',
    });
  });
});

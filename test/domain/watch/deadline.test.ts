import fc from 'fast-check';
import { clockTime } from '../../../src/domain/hours';
import {
  deadlineAfter,
  deadlineFor,
  deadlineOfNight,
  instantOf,
  nextDeadline,
} from '../../../src/domain/watch/deadline';
import { instantsOf } from '../../../src/domain/wall-clock';
import { addDays, localDay } from '../../../src/domain/window';

test.each([
  ['2026-11-26', '07:30', 'UTC', '2026-11-26T07:30:00.000Z'],
  ['2026-11-26', '07:30', 'Europe/Berlin', '2026-11-26T06:30:00.000Z'],
  ['2026-11-26', '07:30', 'Asia/Kathmandu', '2026-11-26T01:45:00.000Z'],
  ['2026-11-26', '00:00', 'Pacific/Auckland', '2026-11-25T11:00:00.000Z'],
  ['2026-11-26', '23:59', 'Pacific/Pago_Pago', '2026-11-27T10:59:00.000Z'],
  // A Thursday.
  ['2026-11-26', '07:30 mon-fri', 'UTC', '2026-11-26T07:30:00.000Z'],
  ['2026-11-28', '07:30 mon-fri', 'UTC', null],
  ['2026-11-29', '07:30 mon-fri', 'UTC', null],
  ['2026-11-28', '07:30 sat', 'UTC', '2026-11-28T07:30:00.000Z'],
  ['2026-11-29', '07:30 sat', 'UTC', null],
  ['2026-11-29', '07:30 fri-mon', 'UTC', '2026-11-29T07:30:00.000Z'],
  ['2026-11-26', '07:30 fri-mon', 'UTC', null],
  ['2026-11-29', '07:30 sat-sun', 'UTC', '2026-11-29T07:30:00.000Z'],
  // The day of a weekday is the one in the zone, wherever the instant falls.
  ['2026-11-30', '07:30 mon', 'Pacific/Auckland', '2026-11-29T18:30:00.000Z'],
  // Clocks go forward at 02:00: before, in and after the gap, in which it is as much later.
  ['2026-03-29', '01:59', 'Europe/Berlin', '2026-03-29T00:59:00.000Z'],
  ['2026-03-29', '02:00', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
  ['2026-03-29', '02:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
  ['2026-03-29', '03:00', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
  ['2026-03-29', '07:30', 'Europe/Berlin', '2026-03-29T05:30:00.000Z'],
  ['2026-03-08', '02:15', 'America/New_York', '2026-03-08T07:15:00.000Z'],
  ['2026-10-04', '02:15', 'Australia/Lord_Howe', '2026-10-03T15:45:00.000Z'],
  // Clocks go back at 03:00: the first of the two.
  ['2026-10-25', '02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
  ['2026-10-25', '03:00', 'Europe/Berlin', '2026-10-25T02:00:00.000Z'],
  ['2026-10-25', '07:30', 'Europe/Berlin', '2026-10-25T06:30:00.000Z'],
  // Days that begin at one o'clock, and a day that never was.
  ['2026-09-06', '00:00', 'America/Santiago', '2026-09-06T04:00:00.000Z'],
  ['2011-12-30', '07:30', 'Pacific/Apia', '2011-12-30T17:30:00.000Z'],
])('the data of %s are needed at %s in %s: %s', (asOf, deadline, zone, expected) => {
  expect(deadlineFor(asOf, deadline, zone)?.toISOString() ?? null).toBe(expected);
});

const ZONES = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Santiago', 'Asia/Kolkata'];

test('a clock in the zone shows it, and a minute before it does not yet', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 3_000 }).map((days) => addDays('2024-01-01', days)),
      fc.integer({ min: 0, max: 1_439 }).map((m) => new Date(m * 60_000).toISOString().slice(11, 16)),
      fc.constantFrom(...ZONES),
      (day, time, zone) => {
        const shown = (at: Date) => `${localDay(at, zone)} ${clockTime(at, zone)}`;
        // What clocks leave out is never shown.
        fc.pre(instantsOf(`${day}T${time}:00`, zone).length > 0);
        const at = instantOf(day, time, zone);
        const before = new Date(at.getTime() - 60_000);
        return shown(at) >= `${day} ${time}` && shown(before) < `${day} ${time}`;
      },
    ),
  );
});

const next = (deadline: string, after: string) =>
  nextDeadline(deadline, new Date(after), 'Europe/Berlin').toISOString();

test('the next one is later than an instant, on the next day that has one', () => {
  expect(next('07:30', '2026-11-27T06:29:59Z')).toBe('2026-11-27T06:30:00.000Z');
  expect(next('07:30', '2026-11-27T06:30:00Z')).toBe('2026-11-28T06:30:00.000Z');
  expect(next('07:30 mon-fri', '2026-11-27T06:30:00Z')).toBe('2026-11-30T06:30:00.000Z');
  expect(next('07:30 fri', '2026-11-27T06:30:00Z')).toBe('2026-12-04T06:30:00.000Z');
});

test.each([
  ['07:30', '2026-11-26T22:30:00Z', '2026-11-27T06:30:00.000Z'],
  ['07:30', '2026-11-27T02:00:00Z', '2026-11-27T06:30:00.000Z'],
  // From Friday's evening nobody waits before Monday.
  ['07:30 mon-fri', '2026-11-27T22:30:00Z', null],
  ['07:30 mon-fri', '2026-11-29T22:30:00Z', '2026-11-30T06:30:00.000Z'],
  // A day of 25 hours is a day.
  ['07:30', '2026-10-24T06:00:00Z', '2026-10-25T06:30:00.000Z'],
])('the data of a run that is due are needed at the next deadline: %s after %s', (deadline, due, expected) => {
  expect(deadlineAfter(new Date(due), deadline, 'Europe/Berlin')?.toISOString() ?? null).toBe(expected);
});

test.each([
  // At three in the morning, at three in the afternoon, in the evening; nobody knows.
  ['2026-11-26T02:00:00Z', '2026-11-26T06:30:00.000Z'],
  ['2026-11-26T14:00:00Z', '2026-11-27T06:30:00.000Z'],
  ['2026-11-26T21:00:00Z', '2026-11-27T06:30:00.000Z'],
  [null, '2026-11-26T06:30:00.000Z'],
])('a night that begins at %s has its deadline at %s', (due, expected) => {
  const at = deadlineOfNight('2026-11-26', due === null ? null : new Date(due), '07:30', 'Europe/Berlin');
  expect(at?.toISOString()).toBe(expected);
});

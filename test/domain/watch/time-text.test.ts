import { deadlineText, leftText, spanText } from '../../../src/domain/watch/time-text';

test('what is left, with where that is known from', () => {
  expect(leftText({ p50: 722, p90: 1_080, runs: 14 })).toBe('about 12 min left, at most 18 min (from 14 nights)');
  expect(leftText({ p50: 0.4, p90: 61, runs: 1 })).toBe('about 0 s left, at most 61 s (from 1 night)');
  expect(leftText({ p50: 7_200, p90: 11_400, runs: 2 })).toBe('about 2 h left, at most 3 h 10 min (from 2 nights)');
});

test('a deadline, and what is left to it', () => {
  const deadline = { at: '2026-11-26T06:30:00.000Z', text: '07:30 Europe/Berlin' };
  const at = (time: string) => deadlineText(deadline, Date.parse(`2026-11-26T${time}Z`));
  expect(at('03:20:00')).toBe('deadline 07:30 Europe/Berlin, slack 3 h 10 min');
  expect(at('06:42:00')).toBe('deadline 07:30 Europe/Berlin, missed by 12 min');
});

test.each([
  [40_000, '40 s'],
  [119_000, '119 s'],
  [720_000, '12 min'],
  [-7_200_000, '2 h'],
  [11_400_000, '3 h 10 min'],
])('%d ms are %s', (ms, text) => {
  expect(spanText(ms)).toBe(text);
});

import fc from 'fast-check';
import { type Answer, FREELY, type Pace, paceAfter } from '../../../../src/adapters/sources/postgres/pace';

const FOUR = { reading: 4, limit: 4 };
const answer = (ms: number, more: Partial<Answer> = {}): Answer => ({
  of: 'orders',
  askedAt: 0,
  ms,
  rows: 99_000,
  behindMs: null,
  ...more,
});
/** The pace after answers that come one after another, by as many sessions as may read. */
const after = (pace: Pace, ...answers: readonly Answer[]) =>
  answers.reduce(
    (now, one) => paceAfter(now, { ...one, askedAt: now.since + 1 }, { reading: Math.min(4, now.allowed), limit: 4 }),
    pace,
  );
const times = (count: number, one: Answer) => Array.from({ length: count }, () => one);
const known = after(FREELY, answer(100));

test('half as many read when answers take several times as long, one at least', () => {
  expect(known).toMatchObject({ allowed: Number.POSITIVE_INFINITY, because: null, best: { orders: 0.001 } });
  expect(after(known, answer(290))).toMatchObject({ allowed: Number.POSITIVE_INFINITY });
  expect(after(known, answer(320))).toMatchObject({ allowed: 2, because: 'slow' });
  expect(after(known, ...times(2, answer(400)))).toMatchObject({ allowed: 1 });
  expect(after(known, ...times(5, answer(400)))).toMatchObject({ allowed: 1 });
  expect(paceAfter(known, answer(400, { askedAt: 1 }), { reading: 3, limit: 16 })).toMatchObject({ allowed: 1 });
});

test('it is the time for a row that counts, and nobody minds a short one', () => {
  expect(after(known, answer(900, { rows: 900_000 })).because).toBeNull();
  expect(after(known, answer(190, { rows: 0 })).because).toBeNull();
  expect(after(known, answer(900, { rows: 0 })).because).toBe('slow');
  // The first one about a table is what there is to compare with.
  expect(after(FREELY, answer(60_000)).because).toBeNull();
  expect(after(known, answer(60_000, { of: 'users' })).because).toBeNull();
});

test('answers that were asked for before sessions were made fewer do not make them fewer again', () => {
  const slow = paceAfter(known, answer(400, { askedAt: 100 }), FOUR);
  expect(slow).toMatchObject({ allowed: 2, since: 500 });
  for (const askedAt of [100, 250, 499]) expect(paceAfter(slow, answer(600, { askedAt }), FOUR).allowed).toBe(2);
  expect(paceAfter(slow, answer(600, { askedAt: 500 }), { reading: 2, limit: 4 }).allowed).toBe(1);
});

test('one more reads after five calm answers in a row, until all may', () => {
  const one = after(known, ...times(2, answer(400)));
  expect(after(one, ...times(4, answer(100))).allowed).toBe(1);
  expect(after(one, ...times(5, answer(100))).allowed).toBe(2);
  expect(after(one, ...times(4, answer(100)), answer(400), ...times(4, answer(100))).allowed).toBe(1);
  expect(after(one, ...times(10, answer(100))).allowed).toBe(3);
  expect(after(one, ...times(15, answer(100)))).toMatchObject({ allowed: Number.POSITIVE_INFINITY, because: null });
});

test('answers about changes say only that it is calm', () => {
  const one = after(known, ...times(2, answer(400)));
  expect(after(known, answer(60_000, { rows: null })).because).toBeNull();
  expect(after(one, ...times(5, answer(10, { rows: null }))).allowed).toBe(2);
  expect(after(one, ...times(5, answer(900, { rows: null }))).allowed).toBe(1);
});

test('a replica that is more than a minute behind counts as slow', () => {
  expect(after(known, answer(1, { rows: null, behindMs: 59_000 })).because).toBeNull();
  expect(after(known, answer(1, { rows: null, behindMs: 61_000 }))).toMatchObject({ allowed: 2, because: 'behind' });
});

test('what stays slower is what is usual after a while', () => {
  const slower = after(known, ...times(100, answer(400)));
  expect(slower.because).toBeNull();
});

test('whatever comes, one may read, and calm ends every restraint', () => {
  const some = fc.record({
    of: fc.constantFrom('orders', 'users'),
    askedAt: fc.nat(10_000),
    ms: fc.nat(100_000),
    rows: fc.option(fc.nat(1_000_000)),
    behindMs: fc.option(fc.nat(200_000)),
  });
  fc.assert(
    fc.property(fc.array(some), fc.integer({ min: 1, max: 64 }), (answers, limit) => {
      let pace = FREELY;
      for (const one of answers) pace = paceAfter(pace, one, { reading: limit, limit });
      expect(pace.allowed).toBeGreaterThanOrEqual(1);
      for (let calm = 0; calm < 5 * 64; calm += 1) pace = paceAfter(pace, answer(0), { reading: 1, limit });
      expect(pace.because).toBeNull();
    }),
  );
});

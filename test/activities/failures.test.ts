import { classify, toApplicationFailure } from '../../src/activities/failures';
import { spread } from '../../src/activities/plan-source';
import { DaybreakError } from '../../src/domain/failure';

const coded = (code: string) => Object.assign(new Error(`${code}: it failed`), { code, path: 'some/file' });

describe('the class of an error', () => {
  it.each([
    ['ENOSPC', 'DiskFull'],
    ['EROFS', 'StoreReadOnly'],
    ['EACCES', 'StoreReadOnly'],
    ['EIO', 'Transient'],
    ['ECONNRESET', 'Transient'],
  ])('%s is %s, with its place', (code, kind) => {
    expect(classify(coded(code))).toMatchObject({ kind, text: { where: 'some/file' } });
  });

  it('tells our own mistakes from those of the world', () => {
    expect(classify(new TypeError('x is not a function')).kind).toBe('Bug');
    expect(classify('a word').kind).toBe('Transient');
    const known = new DaybreakError('MissingFile', { what: 'gone' });
    expect(classify(known)).toBe(known);
  });

  it('decides how often is worth it', () => {
    const tries = (error: unknown, attempts: number[]) =>
      attempts.map((attempt) => toApplicationFailure(error, attempt).nonRetryable);
    expect(tries(new DaybreakError('MissingFile', { what: 'gone' }), [1])).toEqual([true]);
    expect(tries(coded('ENOSPC'), [1, 2, 3])).toEqual([false, false, true]);
    expect(tries(new DaybreakError('EngineCrashed', { what: 'died' }), [4, 5])).toEqual([false, true]);
    expect(tries(coded('EIO'), [1, 1000])).toEqual([false, false]);
  });
});

describe('lanes', () => {
  const parts = (...bytes: number[]) => bytes.map((size) => ({ bytes: size }));
  it('are contiguous and about equal, at most one a part', () => {
    expect(spread(parts(10, 10, 10, 10), 2)).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(spread(parts(30, 10, 10, 10), 2)).toEqual([[0], [1, 2, 3]]);
    expect(spread(parts(10), 4)).toEqual([[0]]);
    expect(spread(parts(), 2)).toEqual([]);
    expect(spread(parts(0, 0), 2).flat()).toEqual([0, 1]);
  });
});

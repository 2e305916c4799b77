import { type Comparison, cellText, differenceText, rowDifferences } from '../../src/domain/row-differences';

const TYPES = {
  id: 'BIGINT',
  name: 'VARCHAR',
  amount: 'DECIMAL(18,4)',
  share: 'DOUBLE',
  tags: 'VARCHAR[]',
  n: 'INTEGER',
};
const compare = (comparison: Omit<Comparison, 'types'>) =>
  rowDifferences({ types: TYPES, ...comparison }).map((difference) => differenceText(difference, TYPES));

const ada = { id: '1', name: 'Ada', amount: '10.0000' };
const bob = { id: '2', name: 'Bob', amount: '20.0000' };

describe('with a key', () => {
  const key = ['id'];
  it('finds nothing where rows are the same in any order, whatever the other columns say', () => {
    expect(compare({ key, expected: [{ id: '1', amount: '10.0000' }, bob], actual: [bob, ada] })).toEqual([]);
  });

  it('names each column that differs', () => {
    const actual = [bob, { ...ada, amount: '9.0000', name: null }];
    expect(compare({ key, expected: [ada, bob], actual })).toEqual([
      'id 1: name expected "Ada", got NULL',
      'id 1: amount expected 10.0000, got 9.0000',
    ]);
  });

  it('tells rows that are missing from rows that nobody expected, with the named columns only', () => {
    const expected = [{ id: '1', name: 'Ada' }];
    expect(compare({ key, expected, actual: [bob] })).toEqual([
      'missing row: id 1, name "Ada"',
      'unexpected row: id 2, name "Bob"',
    ]);
  });

  it('takes a second row of the same key for one too many', () => {
    expect(compare({ key, expected: [ada], actual: [{ ...ada, amount: '0.0000' }, ada] })).toEqual([
      'unexpected row: id 1, name "Ada", amount 0.0000',
    ]);
  });

  it('may have columns of several kinds, and rows that name different ones', () => {
    const expected = [
      { id: '1', name: 'Ada', n: 1 },
      { id: '1', name: 'Bob', amount: '2.0000' },
    ];
    const actual = [
      { id: '1', name: 'Bob', amount: '3.0000', n: 9 },
      { id: '1', name: 'Ada', amount: '9.0000', n: 2 },
    ];
    expect(compare({ key: ['id', 'name'], expected, actual })).toEqual([
      'id 1, name "Ada": n expected 1, got 2',
      'id 1, name "Bob": amount expected 2.0000, got 3.0000',
    ]);
  });

  it('may be NULL', () => {
    const actual = [{ ...ada, id: null, amount: '1.0000' }];
    expect(compare({ key, expected: [{ ...ada, id: null }], actual })).toEqual([
      'id NULL: amount expected 10.0000, got 1.0000',
    ]);
  });
});

describe('without a key', () => {
  it('counts rows that are the same', () => {
    const row = { name: 'a', n: 1 };
    expect(compare({ expected: [row, row], actual: [row, row] })).toEqual([]);
    expect(compare({ expected: [row, row], actual: [row] })).toEqual(['missing row: name "a", n 1']);
    expect(compare({ expected: [row], actual: [row, row] })).toEqual(['unexpected row: name "a", n 1']);
  });

  it('knows a row by its first columns, where these tell all rows apart', () => {
    const expected = [
      { name: 'a', n: 1, share: 0.5 },
      { name: 'a', n: 2, share: 0.5 },
      { name: 'b', n: 1, share: 0.5 },
    ];
    const actual = [
      { name: 'b', n: 1, share: 0.5 },
      { name: 'a', n: 2, share: 0.25 },
      { name: 'a', n: 3, share: 0.5 },
    ];
    expect(compare({ expected, actual })).toEqual([
      'missing row: name "a", n 1, share 0.5',
      'name "a", n 2: share expected 0.5, got 0.25',
      'unexpected row: name "a", n 3, share 0.5',
    ]);
  });

  it('compares the only row that is left with the only one that is left', () => {
    const same = { name: 'a', n: 1 };
    const actual = [{ name: 'b', n: 2 }, same];
    expect(compare({ expected: [same, { name: 'c', n: 2 }], actual })).toEqual(['row 2: name expected "c", got "b"']);
  });

  it('needs no columns to count', () => {
    expect(compare({ expected: [{}, {}], actual: [ada, bob] })).toEqual([]);
    expect(compare({ expected: [{}], actual: [ada, bob] })).toEqual(['unexpected row']);
    expect(compare({ expected: [], actual: [ada] })).toEqual(['unexpected row']);
    expect(compare({ expected: [{}], actual: [] })).toEqual(['missing row']);
  });
});

describe('values', () => {
  const differ = (column: keyof typeof TYPES, expected: unknown, actual: unknown) =>
    compare({ expected: [{ [column]: expected }], actual: [{ [column]: actual }] }).length > 0;

  it('of DOUBLE may differ by a part in a billion, and no more', () => {
    expect(differ('share', 1e6, 1e6 + 1e-4)).toBe(false);
    expect(differ('share', 1e6, 1e6 + 2e-3)).toBe(true);
    expect(differ('share', 0, 1e-12)).toBe(true);
    expect(differ('share', 0, -0)).toBe(false);
    expect(differ('share', null, 0)).toBe(true);
  });

  it('of other types may not', () => {
    expect(differ('n', 1_000_000_000, 1_000_000_001)).toBe(true);
    expect(differ('amount', '12345678901234.5678', '12345678901234.5679')).toBe(true);
    expect(differ('name', '', null)).toBe(true);
  });

  it('that are lists are the same in the same order', () => {
    expect(differ('tags', ['a', null], ['a', null])).toBe(false);
    expect(differ('tags', ['a', 'b'], ['b', 'a'])).toBe(true);
    expect(differ('tags', ['a'], ['a', 'b'])).toBe(true);
    expect(differ('tags', [], null)).toBe(true);
  });

  it.each([
    [null, 'VARCHAR', 'NULL'],
    ['NULL', 'VARCHAR', '"NULL"'],
    ['say "no"', 'VARCHAR', '"say \\"no\\""'],
    ['2026-05-01', 'DATE', '2026-05-01'],
    [true, 'BOOLEAN', 'true'],
    [['a', null], 'VARCHAR[]', '["a", NULL]'],
    [['1', '2'], 'BIGINT[]', '[1, 2]'],
    [[['1'], []], 'BIGINT[][]', '[[1], []]'],
    [{ a: '1' }, 'STRUCT(a BIGINT)', '{"a":"1"}'],
  ])('%p of %s reads %s', (value, type, text) => {
    expect(cellText(value, type)).toBe(text);
  });
});

import { rowBlock } from '../../src/domain/row-block';

const read = (text: string) => {
  const { columns, rows, problems } = rowBlock(text);
  return {
    columns: columns.map(({ name }) => name),
    rows: rows.map(({ cells }) => cells.map(({ value }) => value)),
    problems,
  };
};

it('is a line of names, then a line a row; what is empty is NULL', () => {
  expect(read('id | name |  at\n1  | Ada  | 12:00\n2||\n')).toEqual({
    columns: ['id', 'name', 'at'],
    rows: [
      ['1', 'Ada', '12:00'],
      ['2', null, null],
    ],
    problems: [],
  });
});

it('may have one column', () => {
  expect(read('id\n1\n')).toEqual({ columns: ['id'], rows: [['1']], problems: [] });
});

it('skips empty lines and comments', () => {
  expect(read('\n# the first\nid\n\n  # the second\n1\n   \n')).toMatchObject({ columns: ['id'], rows: [['1']] });
});

it('takes what is quoted as it is', () => {
  const line = '"a | b" | "say ""no""" | "" | " x " | "null" | null | ~ | NULL | # | it\'s "it"';
  expect(read(`a|b|c|d|e|f|g|h|i|j\n${line}\n`).rows).toEqual([
    ['a | b', 'say "no"', '', ' x ', 'null', null, null, null, '#', 'it\'s "it"'],
  ]);
});

it('says where each cell begins', () => {
  const { columns, rows } = rowBlock('# a comment\nid |  name\n\n1  | "Ada"\n');
  expect(columns).toEqual([
    { name: 'id', line: 1, at: 0 },
    { name: 'name', line: 1, at: 6 },
  ]);
  expect(rows).toEqual([
    {
      line: 3,
      cells: [
        { value: '1', line: 3, at: 0 },
        { value: 'Ada', line: 3, at: 5 },
      ],
    },
  ]);
});

it.each([
  ['', { message: 'expected a line of column names' }],
  ['# nothing\n', { message: 'expected a line of column names' }],
  ['a | b\n', { message: 'expected rows below a line of column names; no rows are []' }],
  ['a | | c\n1|2|3', { message: 'expected a column name in place 2 of the first line' }],
  ['a | b | a\n1|2|3', { message: 'the column a is there twice' }],
  ['a | b\n1 | 2\n3\n', { row: 1, message: 'expected 2 cells, as many as column names, got 1' }],
  ['a\n1 |\n', { row: 0, message: 'expected 1 cells, as many as column names, got 2' }],
  ['a | b\n"1 | 2\n', { row: 0, message: 'a quote is not closed at the end of its cell: "1' }],
  ['a\n"1" 2\n', { row: 0, message: 'a quote is not closed at the end of its cell: "1" 2' }],
  ['a\n"\n', { row: 0, message: 'a quote is not closed at the end of its cell: "' }],
])('%p is a mistake', (text, problem) => {
  expect(rowBlock(text).problems).toEqual([problem]);
});

/** How CSV is written, from its beginning; and what cannot be declared at all. */
import { sniffCsv } from '../../src/init/csv-sniff';

const sniff = (text: string) => sniffCsv(Buffer.from(text), true, 'a.csv');
const rows = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join('');

test.each([
  ['commas', 'id,name\n1,a\n', {}, ['id', 'name']],
  ['a mark and CRLF', '\ufeffid,name\r\n1,a\r\n', {}, ['id', 'name']],
  ['tabs', 'a\tb\n1\t2\n', { delimiter: '\t' }, ['a', 'b']],
  ['bars', 'a|b\n1|2\n', { delimiter: '|' }, ['a', 'b']],
  ['semicolons with decimal commas', 'a;b\n1,5;2,5\n1,5;2,5\n', { delimiter: ';' }, ['a', 'b']],
  [
    'semicolons with decimal commas and no header',
    '1;2,5;3,5\n2;3,5;4,5\n',
    { delimiter: ';', header: false },
    ['column_1', 'column_2', 'column_3'],
  ],
  [
    'semicolons with decimal commas and a few long records',
    `a;b\n${rows(50, (i) => `${i},5;2,5\n`)}${rows(3, () => '1,5;2,5;x\n')}`,
    { delimiter: ';' },
    ['a', 'b'],
  ],
  ['commas within quotes', 'a,b\n"x; y; z","1, 2"\n"x; y; z","1, 2"\n', {}, ['a', 'b']],
  ['backslashes', 'id,t\n1,"a \\"b\\", c"\n2,"x"\n', { escape: '\\' }, ['id', 't']],
  ['apostrophes', "id,t\n1,'a, b'\n2,'c, d'\n", { quote: "'" }, ['id', 't']],
  ['one column', 'name\nx\ny\n', {}, ['name']],
  ['one column with commas', 'name\nx, y\nx, y, z\nq\n', { delimiter: ';' }, ['name']],
  ['one column of few names with commas', 'name\nDoe, Jane\nRoe, Max\n', { delimiter: ';' }, ['name']],
  ['one column of many names with commas', `name\n${rows(20, (i) => `Doe, J. ${i}\n`)}`, { delimiter: ';' }, ['name']],
  ['one column with commas among numbers', 'note\nfrom 1, 2\n3, 4\n5\n', { delimiter: ';' }, ['note']],
  ['a header alone', 'id,name\n', {}, ['id', 'name']],
  ['no header', '1,2026-01-01\n2,2026-01-02\n', { header: false }, ['column_1', 'column_2']],
  ['years as names', '2024,2025,region\n1.5,2,north\n', {}, ['2024', '2025', 'region']],
  ['numbers behind names', 'region,2024\nnorth,1.5\n', {}, ['region', '2024']],
  ['a few ragged records', `a,b\n${rows(50, (i) => `${i},x\n`)}1\n1,2,3\n`, {}, ['a', 'b']],
  ['odd names', '"Order ID",select,"a""b"\n1,2,3\n', {}, ['Order ID', 'select', 'a"b']],
  ['blank lines', '\n\na,b\n\n1,2\n', {}, ['a', 'b']],
])('%s', (_is, text, settings, columns) => {
  expect(sniff(text)).toMatchObject({ columns, settings });
  expect(Object.keys(sniff(text).settings)).toEqual(Object.keys(settings));
});

test('a header is a guess where all values are text', () => {
  expect(sniff('a,b\nx,y\n').guesses).toHaveProperty('header');
  expect(sniff('a,b\nx,1\n').guesses).toEqual({});
});

test.each([
  ['an empty file', '', /a\.csv: the file is empty.*\nnext: give a file with a header/s],
  ['a mark alone', '\ufeff', /a\.csv: the file is empty/],
  [
    'a doubled name',
    'id,ID\n1,2\n',
    /a\.csv:1: the header cannot be used: columns 1 and 2 are both called "ID"\nnext: give/,
  ],
  ['no name', 'id,,x\n1,2,3\n', /a\.csv:1: .*column 2 has no name/],
  [
    'lines before the header',
    'Report\n\na,b,c\n1,2,3\n4,5,6\n7,8,9\n',
    /a\.csv:1: the first line has one field, most records have 3\nnext: begin/,
  ],
  [
    'one line before the header of a short file',
    'Orders export\nid,amount\n1,2.5\n',
    /a\.csv:1: the first line has one field, most records have 2\nnext: begin/,
  ],
  [
    'several lines before the header of a short file',
    'Orders export\nof 2026\n\nid;amount\n1;2,5\n',
    /a\.csv:1: the first line has one field, most records have 2\nnext: begin/,
  ],
  ['carriage returns alone', 'a,b\r1,2\r', /carriage returns alone\nnext: .*tr /],
  ['no text', '\0\u0001', /NUL bytes: it is no text\nnext: export/],
])('refused: %s', (_is, text, says) => {
  expect(() => sniff(text)).toThrow(says);
});

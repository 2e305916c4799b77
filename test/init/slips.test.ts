/** One bad value among many: it is set aside and told, and the column keeps its type. */
import { removeTemporaryFolders } from '../dev/temporary';
import { folderOf, init, type Made } from './support';

jest.setTimeout(150_000);
afterAll(removeTemporaryFolders);

const ROWS = 60;
/** A table of so many rows, of a text for each row and column. */
const csv = (columns: Readonly<Record<string, (row: number) => string>>, rows = ROWS, delimiter = ',') =>
  [
    Object.keys(columns).join(delimiter),
    ...Array.from({ length: rows }, (_, row) =>
      Object.values(columns)
        .map((of) => of(row))
        .join(delimiter),
    ),
    '',
  ].join('\n');
const pad = (value: number) => String(value).padStart(2, '0');
/** The same for all rows but some. */
const but = (usual: (row: number) => string, odd: Readonly<Record<number, string>>) => (row: number) =>
  odd[row] ?? usual(row);
const amount = (row: number) => `${row}.${pad(row)}`;
const json = (row: number, value: unknown) => JSON.stringify({ id: row + 1, amount: value });

const FILES = {
  'orders.csv': csv(
    {
      order_id: (row) => `${1001 + row}`,
      ordered_on: but((row) => `2026-11-${pad((row % 20) + 1)}`, { 29: '2026-02-30' }),
      amount: but(amount, { 16: '12.5o' }),
      paid_on: but((row) => `${(row % 28) + 1}.11.2026`, { 4: 'tomorrow', 5: '""' }),
      status: but((row) => ['Paid', 'shipped'][row % 2] ?? '', { 41: 'shiped' }),
      channel_code: but((row) => ['web', 'app'][row % 2] ?? '', {}),
      product: (row) => ['Cup', 'Grinder', 'cup'][row % 3] ?? '',
      waiter: (row) => ['Anna', 'Bert'][row % 2] ?? '',
      city: (row) => ['rome', 'oslo'][row % 2] ?? '',
    },
    ROWS,
    ';',
  ),
  'invoices.csv': csv({ invoice_no: but((row) => `${536_365 + row}`, { 7: 'C536379', 9: 'C536380' }) }),
  'one_id.csv': csv({ id: but(String, { 7: '7a' }) }),
  'plz.csv': csv({ plz: but((row) => `${10_115 + row}`, { 7: 'x' }), code: but((row) => `0${row + 10}`, { 7: 'x' }) }),
  'either.csv': csv({ day: but((row) => `0${(row % 9) + 1}/02/2026`, { 3: '13/02/2026', 5: '02/13/2026' }) }),
  'mixed.csv': csv({ day: (row) => (row % 3 === 0 ? `2026-11-${pad((row % 28) + 1)}` : `${(row % 28) + 1}.11.2026`) }),
  'many.csv': csv({
    a: but(amount, { 1: 'x' }),
    b: but(amount, { 2: 'x', 3: 'x', 4: 'x' }),
    c: but(amount, { 5: 'x', 6: 'x' }),
  }),
  'doubled.csv': csv({
    no: but(String, { 9: '8' }),
    day: (row) => `2026-11-${pad((row % 20) + 1)}`,
    paid_at: but((row) => `2026-11-${pad((row % 20) + 1)}`, { 3: '' }),
  }),
  'refers.csv': csv({ id: String, doubled_no: (row) => `${row % 9}` }),
  'few.csv': csv({ amount: but(amount, { 1: 'x' }) }, 19),
  'lines.csv': csv({ note: but(() => 'a', { 1: '"two\nlines"' }), amount: but(amount, { 2: 'n; amount: "y"' }) }),
  'items.ndjson': Array.from({ length: 40 }, (_, row) => `${json(row, row === 9 ? 'free' : row + 0.5)}\n\n`).join(''),
  'things.json': `[${Array.from({ length: 40 }, (_, row) => json(row, row === 9 ? true : `${row}.5`)).join(',\n')}]`,
};

let made: Made;
beforeAll(async () => {
  made = await init(folderOf(FILES), ['*']);
});

const of = (name: string) => made.sources.find((source) => source.name === name);

test.each([
  ['orders', 'ordered_on: DATE', '# guess: 1 of 60 records is set aside, for "2026-02-30" in line 31'],
  ['orders', 'amount: DECIMAL(18,4)', 'room for 4; 1 of 60 records is set aside, for "12.5o" in line 18'],
  ['orders', 'paid_on: VARCHAR', '1 of 60 records is set aside, for "tomorrow" in line 6; DATE by the mapping'],
  [
    'orders',
    'max_quarantined: 0.06',
    '# guess: 3 of 60 records are set aside, such as line 6: paid_on: "tomorrow" is no day.month.year',
  ],
  ['one_id', 'id: BIGINT', '# guess: 1 of 60 records is set aside, for "7a" in line 9'],
  ['invoices', 'invoice_no: VARCHAR', '# guess: a text, as 2 of 60 values are no whole number, such as "C536379"'],
  ['plz', 'plz: VARCHAR', '# guess: a code by its name'],
  ['plz', 'code: VARCHAR', '# guess: a code: zeros at its beginning stay'],
  ['either', 'day: VARCHAR', '# guess: a text, as days and months stand in both orders: 1 of 60 values is no'],
  ['mixed', 'day: VARCHAR', '# guess: a text, as 20 of 60 values are no day.month.year, such as "2026-11-01"'],
  ['many', 'a: DECIMAL(18,4)', '1 of 60 records is set aside'],
  ['many', 'c: DECIMAL(18,4)', '2 of 60 records are set aside, such as for "x" in line 7'],
  ['many', 'b: VARCHAR', '# guess: a text, as 3 of 60 values are no number such as 12.50, such as "x"'],
  ['few', 'amount: VARCHAR', '# guess: a text, as 1 of 19 values is no number such as 12.50, such as "x"'],
  ['lines', 'amount: DECIMAL(18,4)', 'for "n; amount: \\"y\\"" in line 5'],
  ['items', 'amount: DECIMAL(18,4)', 'for "free" in line 19'],
  ['things', 'amount: DECIMAL(18,4)', 'for true in line 10'],
])('%s: %s %s', (source, column, comment) => {
  const line = made.lines(source).find((text) => text.startsWith(column));
  expect(line).toContain(comment);
});

test('what is set aside is counted, and named for the terminal', () => {
  expect(made.sources.map(({ name, rows, quarantined }) => [name, rows + quarantined, quarantined])).toEqual(
    expect.arrayContaining([
      ['orders', 60, 3],
      ['invoices', 60, 0],
      ['many', 60, 3],
      ['items', 40, 1],
    ]),
  );
  expect(of('orders')?.odd).toEqual([
    { column: 'ordered_on', records: 1, example: '"2026-02-30" in line 31' },
    { column: 'amount', records: 1, example: '"12.5o" in line 18' },
    { column: 'paid_on', records: 1, example: '"tomorrow" in line 6' },
  ]);
});

test('a key that one row doubles is no pair of columns', () => {
  expect(of('doubled')).toMatchObject({ rows: 60, key: null });
  expect(made.lines('doubled')).toContainEqual(
    expect.stringMatching(/^# key: \[no\] +# guess: would tell all rows apart but for 1 row: "8" comes twice$/),
  );
  expect(made.declared.sources.doubled?.checks).toContainEqual({ type: 'unique', columns: ['no'], severity: 'warn' });
});

test('what refers to it is checked, and not joined, as rows would be counted twice', () => {
  expect(made.declared.sources.refers?.checks).toContainEqual({
    type: 'references',
    columns: ['doubled_no'],
    to: 'doubled',
    to_columns: ['no'],
    severity: 'warn',
  });
  expect(made.models).toContain('refers_rows');
  expect(made.models).not.toContain('refers_by_doubled');
});

test('a day that all rows have goes before one that some lack', () => {
  expect(made.text('models/doubled_by_day.sql')).toContain('--   day: "day of day"');
});

test('the mapping and the models stay', () => {
  expect(made.text('mappings/orders.sql')).toContain(`strptime(nullif("paid_on", ''), '%d.%m.%Y')::DATE AS "paid_on"`);
  expect(made.text('models/orders_by_day.sql')).toContain('coalesce(sum(amount), 0)::DECIMAL(38,4) AS amount');
  expect(made.text('models/orders_by_day.sql')).toMatch(/\nORDER BY day\n$/);
  expect(made.text('models/one_id_rows.sql')).toMatch(/\nORDER BY id\n$/);
});

test('values are listed of states and kinds alone, without those that came once', () => {
  const { checks } = made.declared.sources.orders as { checks: { type: string; column?: string; values?: string[] }[] };
  const listed = checks.filter(({ type }) => type === 'accepted_values');
  expect(listed.map(({ column, values }) => [column, values])).toEqual([
    ['status', ['Paid', 'shipped']],
    ['channel_code', ['app', 'web']],
  ]);
  expect(made.lines('orders')).toContainEqual(
    '# guess: these are the usual values; left out, so that the check warns of it: "shiped" (1 of 57)',
  );
});

/** Texts of a column → the type that is declared; all columns of the table at once, as they would be in one file. */
import type { ColumnDraft } from '../../src/init/draft';
import { textColumns } from '../../src/init/text-profile';
import { decimalType, plainName } from '../../src/init/text-types';
import { identifier, literal } from '../../src/domain/sql';
import { bench, type Bench } from '../adapters/sources/support';

/** `null` is an empty field, `''` one in quotes. Declared type, the mapping's, and how the guess begins. */
const COLUMNS: readonly (readonly [name: string, texts: readonly (string | null)[], says: string])[] = [
  ['id', ['1', '-2', null], 'BIGINT'],
  ['none', [null, null, null], 'VARCHAR # no value in these files'],
  ['markers alone', ['NA', null, ''], 'VARCHAR # no value in these files'],
  ['text', ['a', '', 'NA'], 'VARCHAR'],
  ['zip', ['01234', '99999', '00001'], 'VARCHAR # a code: zeros at its beginning stay'],
  ['plz', ['10115', '20095', null], 'VARCHAR # a code by its name'],
  ['phone', ['+491', '+492', '3'], 'VARCHAR'],
  ['serial', ['12345678901234567890', '2', '3'], 'VARCHAR # a code of more than 18 digits'],
  ['eighteen', ['123456789012345678', '1', '2'], 'BIGINT'],
  ['price', ['5', '7', null], 'DECIMAL(18,4) # an amount by its name; no decimals in these files; room for 4'],
  ['weight', ['0.5', '12345.125', '7.'], 'DECIMAL(18,4) # 3 decimals'],
  ['lat', ['52.520008', '-13.4', '0'], 'DECIMAL(18,6) # 6 decimals in these files'],
  ['wide', ['123456789012.5', '1', '2'], 'DECIMAL(38,4) # 1 decimal'],
  ['exponent', ['1e5', '2.5', '-1E-3'], 'DOUBLE # a measurement'],
  ['fine', ['0.12345678901', '1', '2'], 'DOUBLE # a measurement'],
  ['infinite', ['1', 'inf', '2'], 'VARCHAR'],
  ['sound', ['true', 'False', 'TRUE'], 'BOOLEAN'],
  ['is_new', ['1', '0', null], 'BOOLEAN # 1 and 0, by its name'],
  ['has_x', ['t', 'f', null], 'BOOLEAN # t and f, by its name'],
  ['letter', ['t', 'f', null], 'VARCHAR'],
  ['bit', ['1', '0', '1'], 'BIGINT'],
  ['day', ['2026-01-31', '2024-02-29', null], 'DATE'],
  ['no day', ['2026-02-29', '2026-01-01', null], 'VARCHAR'],
  ['local', ['2026-01-01 10:00:00', '2026-01-01T10:00:00.123456', null], 'TIMESTAMP # times without an offset'],
  ['instant', ['2026-01-01T10:00:00Z', '2026-01-01 10:00:00+02', '2026-01-01 10:00:00 UTC'], 'TIMESTAMPTZ'],
  ['both', ['2026-01-01T10:00:00Z', '2026-01-01 10:00:00', null], 'VARCHAR'],
  ['too fine', ['2026-01-01T10:00:00.1234567Z', null, null], 'VARCHAR'],
  ['late hour', ['2026-01-01 25:00:00', null, null], 'VARCHAR'],
  [
    'minutes',
    ['2026-01-01 10:00', '2026-01-01 9:05', null],
    'VARCHAR → TIMESTAMP # written as year-month-day hours:minutes',
  ],
  ['german', ['31.12.2025', '1.2.2026', null], 'VARCHAR → DATE # written as day.month.year'],
  [
    'american',
    ['12/31/2026 8:05', '1/2/2026 18:05', null],
    'VARCHAR → TIMESTAMP # written as month/day/year hours:minutes',
  ],
  ['british', ['31/12/2026', '1/2/2026', null], 'VARCHAR → DATE # written as day/month/year'],
  ['either', ['01/02/2026', '03/04/2026', null], 'VARCHAR # days that may be day/month or month/day'],
  ['comma', ['1.234,50', '3,1', '7'], 'VARCHAR → DECIMAL(18,4) # written with a decimal comma'],
  ['thousands', ['1,234.50', '3.00', '7'], 'VARCHAR → DECIMAL(18,4) # written with commas between thousands'],
  ['one or thousand', ['1,234', '5,678', null], 'VARCHAR # numbers whose commas or points may be decimal'],
  ['dollars', ['$1,234.50', '-$3.00', '$-7'], 'VARCHAR → DECIMAL(18,4) # amounts in $, written with commas'],
  ['whole pounds', ['£5', '7 £', null], 'VARCHAR → DECIMAL(18,4) # amounts in £, no decimals'],
  [
    'euros',
    ['1.234,50 €', '3,1€', '-7\u00a0€'],
    'VARCHAR → DECIMAL(18,4) # amounts in €, written with a decimal comma',
  ],
  ['three places', ['$1.234', '$5.678', null], 'VARCHAR # numbers whose commas or points may be decimal'],
  ['two currencies', ['$1.50', '2.50 €', null], 'VARCHAR'],
  ['marked', ['NA', '5', '7'], 'VARCHAR → BIGINT # "NA" taken for no value'],
  ['padded', [' 5', '7', '8 '], 'VARCHAR → BIGINT # "" taken for no value; blanks around it are cut off'],
  ['quoted', ['', '2026-01-01', null], 'VARCHAR → DATE # "" taken for no value'],
];

let at: Bench;
beforeAll(async () => {
  at = await bench();
});
afterAll(async () => await at.close());

let drafts: ColumnDraft[];
beforeAll(async () => {
  const rows = [0, 1, 2].map((row) =>
    COLUMNS.map(([, texts]) => ((texts[row] ?? null) === null ? 'NULL' : literal(texts[row] ?? ''))).join(', '),
  );
  const names = COLUMNS.map(([name]) => name);
  const table = `(SELECT * FROM (VALUES ${rows.map((row) => `(${row})`).join(', ')}) AS t(${names.map(identifier).join(', ')}))`;
  const found = await textColumns(names, table, { session: await at.session(), scratch: at.folder });
  drafts = found.map(({ draft }) => draft);
});

test.each(COLUMNS)('%s: %j', (name, _texts, says) => {
  const { declared, conversion, guess } = drafts.find((draft) => draft.name === name) as ColumnDraft;
  const told = `${declared}${conversion ? ` → ${conversion.type}` : ''}${guess ? ` # ${guess}` : ''}`;
  if (says.includes('#')) expect(told.slice(0, says.length)).toBe(says);
  else expect(told).toBe(says);
});

test.each(COLUMNS.filter(([, , says]) => says.includes('→')))(
  'the conversion of %s takes every text',
  async (name, texts) => {
    const { conversion } = drafts.find((draft) => draft.name === name) as ColumnDraft;
    const values = texts.map((text) => `(${text === null ? 'NULL' : literal(text)})`).join(', ');
    const sql = `SELECT count_if(${conversion?.accept}) AS accepted, count(${conversion?.expression}) AS converted
    FROM (VALUES ${values}) AS t(${identifier(name)})`;
    const none = texts.filter((text) => text === null || ['', 'NA'].includes(text)).length;
    expect(await at.query(sql)).toEqual([{ accepted: String(texts.length), converted: String(texts.length - none) }]);
  },
);

test.each([
  ['dollars', '-$1,234.50', '-1234.5000'],
  ['euros', '-1.234,5\u00a0€', '-1234.5000'],
  ['comma', '1.234,50', '1234.5000'],
])('%s: %s is %s', async (name, text, value) => {
  const { conversion } = drafts.find((draft) => draft.name === name) as ColumnDraft;
  const from = `(SELECT ${literal(text)} AS ${identifier(name)})`;
  const sql = `SELECT (${conversion?.expression})::VARCHAR AS value, ${conversion?.accept} AS accepted FROM ${from}`;
  expect(await at.query(sql)).toEqual([{ value, accepted: true }]);
});

test('no row at all', async () => {
  const [column] = await textColumns(['x'], undefined, { session: await at.session(), scratch: at.folder });
  expect(column?.draft).toEqual({ name: 'x', declared: 'VARCHAR', guess: 'no value in these files' });
});

test.each([
  [5, 2, 'DECIMAL(18,4)'],
  [10, 4, 'DECIMAL(18,4)'],
  [11, 4, 'DECIMAL(38,4)'],
  [3, 9, 'DECIMAL(18,9)'],
  [34, 4, 'DECIMAL(38,4)'],
  [35, 4, undefined],
])('%i digits and %i decimals: %s', (digits, decimals, type) => {
  expect(decimalType(digits, decimals)).toBe(type);
});

test.each([
  ['Order ID', 'order_id'],
  ['orderDate', 'order_date'],
  ['Größe (cm)', 'grosse_cm'],
  ['客户', ''],
])('%s is plainly %s', (name, plain) => {
  expect(plainName(name)).toBe(plain);
});

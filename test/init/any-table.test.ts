/** Whatever the tables are: the declaration that is made accepts all of their rows but those it tells of, and a mapping loses no values. */
import fc from 'fast-check';
import { removeTemporaryFolders } from '../dev/temporary';
import { folderOf, init } from './support';

jest.setTimeout(Number(process.env.ANY_TABLE_LIMIT_MS ?? 300_000));
afterAll(removeTemporaryFolders);

const NAMES = ['ant', 'bee', 'cat', 'dog', 'eel', 'fox'];
const pad = (value: number, width = 2) => String(value).padStart(width, '0');
const day = fc.date({ min: new Date('1970-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });
const parts = (date: Date) => [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()] as const;
const number = fc.tuple(fc.integer({ min: -99_999_999, max: 99_999_999 }), fc.integer({ min: 0, max: 9999 }));

/** Texts of one column. */
const KINDS: readonly fc.Arbitrary<string>[] = [
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n }).map(String),
  fc.integer({ min: 0, max: 99_999 }).map((code) => pad(code, 5)),
  number.map(([whole, decimals]) => `${whole}.${decimals}`),
  number.map(([whole, decimals]) => `${whole},${decimals}`),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom('true', 'false', '1', '0', 't', 'f'),
  fc.constantFrom('true', 'false'),
  day.map((date) => date.toISOString().slice(0, 10)),
  day.map((date) => date.toISOString()),
  day.map((date) => date.toISOString().slice(0, 19).replace('T', ' ')),
  day.map((date) => {
    const [year, month, of] = parts(date);
    return `${pad(of)}.${pad(month)}.${year}`;
  }),
  day.map((date) => {
    const [year, month, of] = parts(date);
    return `${month}/${of}/${year}`;
  }),
  fc.constantFrom('new', 'paid', 'NA', '-'),
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replaceAll('\0', '')),
  fc.constantFrom(
    '',
    'a "quoted" one',
    "it's",
    'a,b',
    'c;d',
    'two\nlines',
    ' padded ',
    '=1+1',
    '\\',
    '1e5',
    'inf',
    '2026-02-30',
    '${var:x}',
  ),
];

const table = fc
  .record({
    kinds: fc.array(fc.nat(KINDS.length - 1), { minLength: 1, maxLength: 6 }),
    rows: fc.integer({ min: 1, max: 30 }),
    delimiter: fc.constantFrom(',', ';', '\t', '|'),
    newline: fc.constantFrom('\n', '\r\n'),
    mark: fc.boolean(),
    always: fc.boolean(),
  })
  .chain(({ kinds, rows, ...form }) =>
    fc.record({
      form: fc.constant(form),
      values: fc.array(
        fc.tuple(...kinds.map((kind) => fc.option(KINDS[kind] as fc.Arbitrary<string>, { freq: 8, nil: null }))),
        { minLength: rows, maxLength: rows },
      ),
    }),
  );

type Table = typeof table extends fc.Arbitrary<infer T> ? T : never;

function csvOf({ form: { delimiter, newline, mark, always }, values }: Table): string {
  const field = (text: string | null) => {
    if (text === null) return '';
    return always || text === '' || /["'\r\n,;\t|]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const head = (values[0] ?? []).map((_, index) => `c ${String.fromCharCode(97 + index)}`);
  // A blank line is no record where there are several fields, and NULL where there is one.
  const lines = [head, ...values].map((fields) => fields.map(field).join(delimiter) + newline);
  return (mark ? '\ufeff' : '') + lines.join('');
}

test('every row is accepted, or told', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(table, { minLength: NAMES.length, maxLength: NAMES.length }), async (tables) => {
      const base = folderOf(Object.fromEntries(tables.map((one, index) => [`${NAMES[index]}.csv`, csvOf(one)])));
      const { sources } = await init(base, ['.']);
      expect(sources.map(({ rows, quarantined }) => rows + quarantined)).toEqual(
        tables.map(({ values }) => values.length),
      );
      for (const { rows, quarantined, odd } of sources) {
        const told = odd.reduce((sum, { records }) => sum + records, 0);
        expect(quarantined).toBeLessThanOrEqual(Math.min(told, 0.05 * (rows + quarantined)));
      }
    }),
    { numRuns: Number(process.env.ANY_TABLE_RUNS ?? 1), endOnFailure: true },
  );
});

/** What may be true of a text: the forms that numbers, days, times and truths are written in. */
import { literal } from '../domain/sql';

const WORDS = ['true', 'false', 'TRUE', 'FALSE', 'True', 'False'];
const LETTERS = ['t', 'f', 'T', 'F'];

const full = (pattern: string) => (v: string) => `regexp_full_match(${v}, ${literal(pattern)})`;
const DAY = String.raw`[1-9]\d{3}-\d{2}-\d{2}`;
const CLOCK = String.raw`([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?`;
const dayExists = (v: string) => `TRY_CAST(left(${v}, 10) AS DATE) IS NOT NULL`;
const dated = (pattern: string) => (v: string) => `${full(pattern)(v)} AND ${dayExists(v)}`;

interface Format {
  readonly format: string;
  readonly pattern: string;
  readonly shown: string;
  readonly type: 'DATE' | 'TIMESTAMP';
}
const DAYS: readonly (readonly [format: string, pattern: string, shown: string])[] = [
  ['%d.%m.%Y', String.raw`\d{1,2}\.\d{1,2}\.\d{4}`, 'day.month.year'],
  ['%d/%m/%Y', String.raw`\d{1,2}/\d{1,2}/\d{4}`, 'day/month/year'],
  ['%m/%d/%Y', String.raw`\d{1,2}/\d{1,2}/\d{4}`, 'month/day/year'],
  ['%Y/%m/%d', String.raw`\d{4}/\d{1,2}/\d{1,2}`, 'year/month/day'],
];
const TIMES: readonly (readonly [format: string, pattern: string, shown: string])[] = [
  ['%H:%M', String.raw`\d{1,2}:\d{2}`, 'hours:minutes'],
  ['%H:%M:%S', String.raw`\d{1,2}:\d{2}:\d{2}`, 'hours:minutes:seconds'],
];
export const FORMATS: readonly Format[] = [
  ...DAYS.map(([format, pattern, shown]): Format => ({ format, pattern, shown, type: 'DATE' })),
  ...[...DAYS, ['%Y-%m-%d', String.raw`\d{4}-\d{2}-\d{2}`, 'year-month-day'] as const].flatMap(([day, days, shown]) =>
    TIMES.filter(([time]) => day !== '%Y-%m-%d' || time === '%H:%M').map(
      ([time, times, clock]): Format => ({
        format: `${day} ${time}`,
        pattern: `${days} ${times}`,
        shown: `${shown} ${clock}`,
        type: 'TIMESTAMP',
      }),
    ),
  ),
];
const inFormat =
  ({ format, pattern }: Format) =>
  (v: string) =>
    `${full(pattern)(v)} AND try_strptime(${v}, ${literal(format)}) IS NOT NULL`;

const INTEGER = String.raw`-?\d{1,18}`;
const NUMBER = String.raw`-?(\d+(\.\d*)?|\.\d+)`;
const COMMA = String.raw`-?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?`;
const THOUSANDS = String.raw`-?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?`;

/** Signs of money, and the currency that is mostly meant. */
export const SIGNS = [
  ['$', 'USD'],
  ['€', 'EUR'],
  ['£', 'GBP'],
] as const;
/** Also the blanks that keep a number and its sign in one line. */
const BLANK = String.raw`[ \x{a0}\x{202f}]?`;
const signed = (sign: string, number: string) => {
  const unsigned = number.replace('-?', '');
  return full(String.raw`-?[${sign}]${BLANK}-?(${unsigned})|-?(${unsigned})${BLANK}[${sign}]`);
};

/** What may be true of a text `v`; a type is possible where its pattern is true of all values. */
const PATTERNS: Readonly<Record<string, (v: string) => string>> = {
  integer: full(INTEGER),
  // `007` is a code, `0` and `0.7` are numbers.
  noCode: (v) => `NOT ${full(String.raw`[+-]?0\d.*`)(v)}`,
  number: full(NUMBER),
  double: full(String.raw`-?(\d{1,40}(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?`),
  word: (v) => `${v} IN (${WORDS.map(literal).join(', ')})`,
  letter: (v) => `${v} IN (${LETTERS.map(literal).join(', ')})`,
  bit: (v) => `${v} IN ('0', '1')`,
  date: dated(DAY),
  timestamp: dated(`${DAY}[T ]${CLOCK}`),
  timestamptz: dated(`${DAY}[T ]${CLOCK}${String.raw`(Z|[+-](0\d|1[0-4])(:?[0-5]\d)?| UTC)`}`),
  comma: full(COMMA),
  thousands: full(THOUSANDS),
  ...Object.fromEntries(FORMATS.map((format, index) => [`format${index}`, inFormat(format)])),
  ...Object.fromEntries(
    SIGNS.flatMap(([sign]) => [
      [`comma${sign}`, signed(sign, COMMA)],
      [`thousands${sign}`, signed(sign, THOUSANDS)],
    ]),
  ),
};
export type PatternName = string;

const MEANINGS: Readonly<Record<PatternName, string>> = {
  integer: 'whole number',
  number: 'number such as 12.50',
  double: 'number such as 12.5 or 1e-3',
  word: 'true or false',
  letter: 't or f',
  bit: '1 or 0',
  date: 'day such as 2026-08-31',
  timestamp: 'time such as 2026-08-31 10:20:30',
  timestamptz: 'time such as 2026-08-31T10:20:30Z',
  comma: 'number such as 1.234,50',
  thousands: 'number such as 1,234.50',
  ...Object.fromEntries(FORMATS.map(({ shown }, index) => [`format${index}`, shown])),
  ...Object.fromEntries(
    SIGNS.flatMap(([sign]) => [
      [`comma${sign}`, `amount such as 1.234,50 ${sign}`],
      [`thousands${sign}`, `amount such as ${sign}1,234.50`],
    ]),
  ),
};

/** Other ways to read texts that look like those of the pattern: days and months the other way round. */
export const rivalsOf = (name: PatternName): PatternName[] => {
  const format = FORMATS.findIndex((_, index) => name === `format${index}`);
  return FORMATS.flatMap(({ pattern }, index) =>
    index !== format && pattern === FORMATS[format]?.pattern ? [`format${index}`] : [],
  );
};

/** Of each kind of text, the patterns that may be true of it: most columns are ruled out by one look. */
const KINDS: readonly { readonly like: string; readonly patterns: readonly PatternName[] }[] = [
  {
    like: String.raw`[+-]?[\d.,]+([eE].*)?`,
    patterns: ['integer', 'noCode', 'number', 'double', 'bit', 'comma', 'thousands'],
  },
  { like: String.raw`[A-Za-z]{1,5}`, patterns: ['word', 'letter'] },
  { like: `${DAY}.*`, patterns: ['date', 'timestamp', 'timestamptz'] },
  {
    like: String.raw`\d{1,4}[./-]\d{1,2}[./-]\d{1,4}.*`,
    patterns: FORMATS.map((_, index) => `format${index}`),
  },
  {
    like: String.raw`-?[$€£].*|.*[$€£]`,
    patterns: SIGNS.flatMap(([sign]) => [`comma${sign}`, `thousands${sign}`]),
  },
];

/** One aggregate for each kind: of how many values `v` it is. */
export const countKinds = (v: string): string[] => KINDS.map(({ like }) => `count_if(${full(like)(v)})`);

/** Patterns of the kinds that at least so many values are of. */
export const patternsOf = (least: number, counted: readonly unknown[]): PatternName[] =>
  KINDS.flatMap(({ patterns }, index) => (Number(counted[index]) >= least ? patterns : []));

/** SQL that is true where a pattern is true of a text `v`. */
export const fitting = (name: PatternName, v: string): string => PATTERNS[name]?.(v) ?? 'false';

/** What a text is that a pattern is true of: `day.month.year`. */
export const meaningOf = (name: PatternName): string => MEANINGS[name] ?? 'value';

/** One aggregate for each pattern: how many values `v` it is true of. */
export function countPatterns(v: string, names: readonly PatternName[]): string[] {
  return names.map((name) => `count_if(${fitting(name, v)})`);
}

/** The type of a column of texts, from what is true of all of them. */
import { identifier, literal } from '../domain/sql';
import type { ColumnDraft, Conversion } from './draft';

/** Texts that say "no value" where all others are values. */
const MARKERS = ['NULL', 'null', 'N/A', 'n/a', 'NA', '#N/A', '\\N', 'NaN', 'nan', 'None', '-', '?'];
const WORDS = ['true', 'false', 'TRUE', 'FALSE', 'True', 'False'];
const LETTERS = ['t', 'f', 'T', 'F'];

/** Names of codes: their digits are no number. */
const CODE =
  /(^|_)(zip|zipcode|postal|postcode|postal_code|plz|phone|tel|telephone|mobile|fax|iban|bic|ean|gtin|upc|isbn|barcode|sku|ssn|vat)(_|$)/;
/** Names of amounts: whole ones now, with decimals in the next file. */
const MONEY = /(^|_)(price|amount|total|cost|revenue|fee|tax|net|gross|salary|discount|balance|subtotal|refund)(_|$)/;
const FLAG = /^(is|has|was|can)_|_flag$|_opt_in$|(^|_)(active|enabled|deleted)$/;

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
const FORMATS: readonly Format[] = [
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

/** SQL of the text without blanks around it; NULL where it is empty or says "no value". */
export const valueOf = (column: string): string =>
  `nullif(CASE WHEN trim(${column}) IN (${MARKERS.map(literal).join(', ')}) THEN NULL ELSE trim(${column}) END, '')`;

/** One aggregate for each pattern: how many values `v` it is true of. */
export function countPatterns(v: string, names: readonly PatternName[]): string[] {
  return names.map((name) => `count_if(${fitting(name, v)})`);
}

/** What else is counted of a column's texts and their values; `measures` gives it back. */
export function countMeasures(text: string, v: string): string[] {
  return [
    `count(${v})`,
    `count_if(${text} = '')`,
    `count_if(${text} <> '' AND trim(${text}) <> ${text})`,
    `array_to_string(list_sort(list(DISTINCT ${text}) FILTER (trim(${text}) IN (${MARKERS.map(literal).join(', ')}))), chr(31))`,
    `max(length(regexp_extract(${v}, '^-?0*(\\d*)', 1)))`,
    `max(length(regexp_extract(${v}, '\\.(\\d*)$', 1)))`,
    `max(length(regexp_extract(${v}, ',(\\d*)$', 1)))`,
    `count_if(contains(${v}, ','))`,
    `count_if(contains(${v}, '.'))`,
    `max(length(replace(regexp_extract(${v}, '^-?0*([\\d.,]*?)(,\\d+)?$', 1), '.', '')))`,
  ];
}
export const MEASURES = 10;

export interface Measures {
  readonly values: number;
  /** Quoted and empty. */
  readonly empty: number;
  readonly padded: number;
  readonly markers: readonly string[];
  readonly digits: number;
  readonly decimals: number;
  readonly commaDecimals: number;
  readonly commas: number;
  readonly points: number;
  /** Digits before the decimal comma, as far as one can tell. */
  readonly commaDigits: number;
}

export function measures(counted: readonly unknown[]): Measures {
  const [values, empty, padded, markers, ...rest] = counted;
  const [digits, decimals, commaDecimals, commas, points, commaDigits] = rest.map((count) => Number(count ?? 0));
  return {
    values: Number(values),
    empty: Number(empty),
    padded: Number(padded),
    markers: typeof markers === 'string' && markers !== '' ? markers.split('\u001f') : [],
    digits: digits ?? 0,
    decimals: decimals ?? 0,
    commaDecimals: commaDecimals ?? 0,
    commas: commas ?? 0,
    points: points ?? 0,
    commaDigits: commaDigits ?? 0,
  };
}

/** `orderDate` and `Order Date` → `order_date` */
export const plainName = (name: string): string =>
  name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll('ß', 'ss')
    .replaceAll(/([a-z\d])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z\d]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .toLowerCase();

/** A DECIMAL with room for larger amounts and, up to four, more decimals. */
export function decimalType(digits: number, decimals: number): string | undefined {
  const scale = Math.max(4, decimals);
  const [precision] = [18, 38].filter((size) => digits + scale <= size - (size === 18 ? 4 : 0));
  return precision === undefined ? undefined : `DECIMAL(${precision},${scale})`;
}

interface Typed {
  readonly type: string;
  readonly guess?: string;
  /** How a clean text becomes the type, where it is no plain value of it; and which texts do. */
  readonly convert?: (v: string) => string;
  readonly pattern: string;
}

const decimalGuess = (decimals: number) =>
  `${decimals === 0 ? 'no decimals' : decimals === 1 ? '1 decimal' : `${decimals} decimals`} in these files${decimals < 4 ? '; room for 4' : ''}`;

function numeric(name: string, m: Measures, has: (pattern: PatternName) => boolean): Typed | undefined {
  const plain = plainName(name);
  if (has('bit') && FLAG.test(plain))
    return { type: 'BOOLEAN', guess: '1 and 0, by its name true and false', pattern: 'bit' };
  if (has('integer')) {
    if (!MONEY.test(plain)) return { type: 'BIGINT', pattern: 'integer' };
    return {
      type: decimalType(m.digits, 0) ?? 'BIGINT',
      guess: `an amount by its name; ${decimalGuess(0)}`,
      pattern: 'number',
    };
  }
  if (has('number') && m.decimals > 0 && m.decimals <= 9) {
    const type = decimalType(m.digits, m.decimals);
    if (type !== undefined) return { type, guess: decimalGuess(m.decimals), pattern: 'number' };
  }
  if (has('number') ? m.decimals > 0 : has('double'))
    return { type: 'DOUBLE', guess: 'a measurement: sums of it are not exact', pattern: 'double' };
  return undefined;
}

function formatted(m: Measures, has: (pattern: PatternName) => boolean): Typed | 'ambiguous' | undefined {
  const fitting = FORMATS.flatMap((format, index) => (has(`format${index}`) ? [{ ...format, index }] : []));
  const [first, second] = fitting;
  if (first === undefined) {
    if (m.commas === 0) return undefined;
    // `1,234` alone says nothing: a thousand, or one and a bit.
    const groups = has('thousands');
    if (has('comma') && (!groups || m.commaDecimals !== 3)) {
      const type = decimalType(m.commaDigits, m.commaDecimals);
      const convert = (v: string) => `CAST(replace(replace(${v}, '.', ''), ',', '.') AS ${type})`;
      if (type !== undefined) return { type, guess: 'written with a decimal comma', convert, pattern: 'comma' };
    }
    if (groups && m.points > 0) {
      const type = decimalType(m.commaDigits, m.decimals);
      const convert = (v: string) => `CAST(replace(${v}, ',', '') AS ${type})`;
      if (type !== undefined)
        return { type, guess: 'written with commas between thousands', convert, pattern: 'thousands' };
    }
    return groups ? 'ambiguous' : undefined;
  }
  // Days and months that could be either: only people know.
  if (second !== undefined && second.pattern === first.pattern) return 'ambiguous';
  const cast = first.type === 'DATE' ? '::DATE' : '';
  return {
    type: first.type,
    guess: `written as ${first.shown}`,
    convert: (v) => `strptime(${v}, ${literal(first.format)})${cast}`,
    pattern: `format${first.index}`,
  };
}

/** Which of the types is meant, from the patterns that are true of all values. */
function typed(name: string, m: Measures, has: (pattern: PatternName) => boolean): Typed | { readonly text: string } {
  if (m.values === 0) return { text: 'no value in these files' };
  if (has('word')) return { type: 'BOOLEAN', pattern: 'word' };
  if (has('letter') && FLAG.test(plainName(name)))
    return { type: 'BOOLEAN', guess: 't and f, by its name true and false', pattern: 'letter' };
  if (has('date')) return { type: 'DATE', pattern: 'date' };
  if (has('timestamptz')) return { type: 'TIMESTAMPTZ', pattern: 'timestamptz' };
  if (has('timestamp'))
    return { type: 'TIMESTAMP', guess: 'times without an offset, so of the zone above', pattern: 'timestamp' };
  if (has('number') && !has('noCode')) return { text: 'a code: zeros at its beginning stay' };
  if (has('number') && CODE.test(plainName(name))) return { text: 'a code by its name' };
  if (has('number') && m.decimals === 0 && m.digits > 18) return { text: 'a code of more than 18 digits' };
  const number = numeric(name, m, has);
  if (number !== undefined) return number;
  const other = formatted(m, has);
  if (other === 'ambiguous')
    return {
      text:
        m.commas > 0
          ? 'numbers with commas that may be decimal or between thousands; a mapping can say which'
          : 'days that may be day/month or month/day; a mapping with strptime can say which',
    };
  return other ?? { text: '' };
}

/** The column as it is declared. `all` are the patterns that are true of every value. */
export function textColumn(name: string, m: Measures, all: ReadonlySet<PatternName>): ColumnDraft {
  const found = typed(name, m, (pattern) => all.has(pattern));
  if ('text' in found) return { name, declared: 'VARCHAR', ...(found.text === '' ? {} : { guess: found.text }) };
  const { type, guess, convert, pattern } = found;
  const clean = m.empty === 0 && m.padded === 0 && m.markers.length === 0;
  if (clean && convert === undefined) return { name, declared: type, ...(guess === undefined ? {} : { guess }) };
  const column = identifier(name);
  const trimmed = m.padded === 0 ? column : `trim(${column})`;
  const none = [...(m.empty > 0 || m.padded > 0 ? [''] : []), ...new Set(m.markers.map((marker) => marker.trim()))];
  const v = none.reduce((inner, marker) => `nullif(${inner}, ${literal(marker)})`, trimmed);
  const conversion: Conversion = {
    type,
    expression: convert?.(v) ?? `CAST(${v} AS ${type})`,
    accept: `${v} IS NULL OR (${fitting(pattern, v)})`,
    reason: `is no ${meaningOf(pattern)}`,
  };
  const pieces = [
    guess,
    none.length === 0 ? undefined : `${none.map((marker) => JSON.stringify(marker)).join(', ')} taken for no value`,
    m.padded === 0 ? undefined : 'blanks around it are cut off',
  ].filter((piece) => piece !== undefined);
  return { name, declared: 'VARCHAR', conversion, guess: pieces.join('; ') };
}

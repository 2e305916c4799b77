/** The type of a column of texts, from what is true of all of them. */
import { identifier, literal } from '../domain/sql';
import type { ColumnDraft, Conversion } from './draft';
import { FORMATS, fitting, meaningOf, type PatternName, SIGNS } from './patterns';

/** Texts that say "no value" where all others are values. */
const MARKERS = ['NULL', 'null', 'N/A', 'n/a', 'NA', '#N/A', '\\N', 'NaN', 'nan', 'None', '-', '?'];

/** Names of codes: their digits are no number. */
const CODE =
  /(^|_)(zip|zipcode|postal|postcode|postal_code|plz|phone|tel|telephone|mobile|fax|iban|bic|ean|gtin|upc|isbn|barcode|sku|ssn|vat)(_|$)/;
/** Names of amounts: whole ones now, with decimals in the next file. */
const MONEY = /(^|_)(price|amount|total|cost|revenue|fee|tax|net|gross|salary|discount|balance|subtotal|refund)(_|$)/;
const FLAG = /^(is|has|was|can)_|_flag$|_opt_in$|(^|_)(active|enabled|deleted)$/;

/** SQL of the text without blanks around it; NULL where it is empty or says "no value". */
export const valueOf = (column: string): string =>
  `nullif(CASE WHEN trim(${column}) IN (${MARKERS.map(literal).join(', ')}) THEN NULL ELSE trim(${column}) END, '')`;

/** What else is counted of a column's texts and their values; `measures` gives it back. */
export function countMeasures(text: string, v: string): string[] {
  const number = `translate(${v}, ${literal('$€£ \u00a0\u202f')}, '')`;
  return [
    `count(${v})`,
    `count_if(${text} = '')`,
    `count_if(${text} <> '' AND trim(${text}) <> ${text})`,
    `array_to_string(list_sort(list(DISTINCT ${text}) FILTER (trim(${text}) IN (${MARKERS.map(literal).join(', ')}))), chr(31))`,
    `max(length(regexp_extract(${number}, '^-?0*(\\d*)', 1)))`,
    `max(length(regexp_extract(${number}, '\\.(\\d*)$', 1)))`,
    `max(length(regexp_extract(${number}, ',(\\d*)$', 1)))`,
    `count_if(contains(${v}, ','))`,
    `count_if(contains(${v}, '.'))`,
    `max(length(replace(regexp_extract(${number}, '^-?0*([\\d.,]*?)(,\\d+)?$', 1), '.', '')))`,
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
  /** What amounts are in, by their sign. */
  readonly currency?: string;
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

/** Numbers with commas, or with a sign of money. */
function separated(m: Measures, has: (pattern: PatternName) => boolean, sign = ''): Typed | undefined {
  const [comma, thousands] = [`comma${sign}`, `thousands${sign}`];
  const number = (v: string) => (sign === '' ? v : String.raw`regexp_replace(${v}, '[^\d.,-]', '', 'g')`);
  const guess = (said: string) => (sign === '' ? said : `amounts in ${sign}, ${said}`);
  if (has(comma) && m.commas > 0 && (!has(thousands) || m.commaDecimals !== 3)) {
    const type = decimalType(m.commaDigits, m.commaDecimals);
    const convert = (v: string) => `CAST(replace(replace(${number(v)}, '.', ''), ',', '.') AS ${type})`;
    if (type !== undefined) return { type, guess: guess('written with a decimal comma'), convert, pattern: comma };
  }
  // `$1.234` alone says as little as `1,234`.
  const clear = m.commas > 0 ? m.points > 0 : !(has(comma) && m.decimals === 3);
  if (has(thousands) && clear) {
    const type = decimalType(m.commaDigits, m.decimals);
    const convert = (v: string) => `CAST(replace(${number(v)}, ',', '') AS ${type})`;
    const said = m.commas > 0 ? 'written with commas between thousands' : decimalGuess(m.decimals);
    if (type !== undefined) return { type, guess: guess(said), convert, pattern: thousands };
  }
  return undefined;
}

function formatted(m: Measures, has: (pattern: PatternName) => boolean): Typed | 'days' | 'numbers' | undefined {
  const fitting = FORMATS.flatMap((format, index) => (has(`format${index}`) ? [{ ...format, index }] : []));
  const [first, second] = fitting;
  if (first === undefined) {
    for (const [sign, currency] of SIGNS) {
      if (!has(`comma${sign}`) && !has(`thousands${sign}`)) continue;
      const found = separated(m, has, sign);
      return found === undefined ? 'numbers' : { ...found, currency };
    }
    if (m.commas === 0) return undefined;
    return separated(m, has) ?? (has('thousands') ? 'numbers' : undefined);
  }
  // Days and months that could be either: only people know.
  if (second !== undefined && second.pattern === first.pattern) return 'days';
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
  if (other === 'numbers')
    return { text: 'numbers whose commas or points may be decimal or between thousands; a mapping can say which' };
  if (other === 'days')
    return { text: 'days that may be day/month or month/day; a mapping with strptime can say which' };
  return other ?? { text: '' };
}

/** The column as it is declared. `all` are the patterns that are true of every value. */
export function textColumn(name: string, m: Measures, all: ReadonlySet<PatternName>): ColumnDraft {
  const found = typed(name, m, (pattern) => all.has(pattern));
  if ('text' in found) return { name, declared: 'VARCHAR', ...(found.text === '' ? {} : { guess: found.text }) };
  const { type, guess, convert, pattern, currency } = found;
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
    ...(currency === undefined ? {} : { currency }),
  };
  const pieces = [
    guess,
    none.length === 0 ? undefined : `${none.map((marker) => JSON.stringify(marker)).join(', ')} taken for no value`,
    m.padded === 0 ? undefined : 'blanks around it are cut off',
  ].filter((piece) => piece !== undefined);
  return { name, declared: 'VARCHAR', conversion, guess: pieces.join('; ') };
}

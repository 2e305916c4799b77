/** How a CSV file is written, from its beginning: the rules of the product's own reader, tried with several dialects. */
import { cutter } from '../adapters/sources/csv/cutter';
import type { Dialect } from '../adapters/sources/csv/dialect';
import { parseRecord } from '../adapters/sources/csv/strict';
import type { Field } from '../adapters/sources/text/records';
import { DaybreakError } from '../domain/failure';
import type { Settings } from './draft';

const DELIMITERS = ['\t', ';', '|', ','];
/** Records that are tried; what is found is proven on all records later. */
const MOST_RECORDS = 2_000;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
/** Records of so many fields as most have; with fewer of them the dialect is in doubt. */
const ENOUGH = 0.8;

export interface Sniffed {
  readonly settings: Settings;
  readonly columns: readonly string[];
  readonly guesses: Readonly<Record<string, string>>;
}

interface Attempt {
  readonly delimiter: string;
  readonly quote: string;
  readonly escape: string;
  readonly records: readonly (readonly Field[] | undefined)[];
  /** Fields that most records have, and the share of records that have them. */
  readonly fields: number;
  readonly share: number;
}

export const unusable = (where: string, what: string, next: string): DaybreakError =>
  new DaybreakError('BadRequest', { where, what, next });

function attempt(text: Buffer, whole: boolean, delimiter: string, quote: string, escape: string): Attempt {
  const dialect: Dialect = {
    delimiter: delimiter.charCodeAt(0),
    quote: quote.charCodeAt(0),
    escape: escape.charCodeAt(0),
    blankIsRecord: false,
    encoding: 'utf-8',
  };
  const records: (readonly Field[] | undefined)[] = [];
  const counts = new Map<number, number>();
  const records_ = cutter(dialect, (bytes, from, to) => {
    if (records.length >= MOST_RECORDS) return;
    const parsed = parseRecord(bytes.subarray(from, to), dialect);
    const fields = 'fields' in parsed ? parsed.fields : undefined;
    records.push(fields);
    if (fields !== undefined) counts.set(fields.length, (counts.get(fields.length) ?? 0) + 1);
  });
  records_.push(text);
  if (whole) records_.end();
  const [fields, count] = [...counts].sort((left, right) => right[1] - left[1] || right[0] - left[0])[0] ?? [0, 0];
  return { delimiter, quote, escape, records, fields, share: records.length === 0 ? 0 : count / records.length };
}

/** Refuses what is no text in lines. */
function checkText(text: Buffer, where: string): void {
  if (text.length === 0)
    throw unusable(where, 'the file is empty, so nobody can say which columns it has', 'give a file with a header');
  if (text.includes(0))
    throw unusable(where, 'the file has NUL bytes: it is no text', 'export it as CSV text in UTF-8');
  if (!text.includes(10) && text.includes(13))
    throw unusable(
      where,
      'its lines end with carriage returns alone',
      `end them with line feeds: tr '\\r' '\\n' < ${where} > lines.csv`,
    );
}

/** Whether lines of one field stand before a header: names of several columns, and values below them. */
function isTitled({ records, fields }: Attempt): boolean {
  const [header, ...rest] = records.slice(records.findIndex((record) => record?.length !== 1));
  return (
    header?.length === fields &&
    header.every((name) => name !== null && !looksLikeValue(name)) &&
    rest.length > 0 &&
    rest.every((record) => record?.length === fields) &&
    rest.some((record) => record?.some(looksLikeValue) ?? false)
  );
}

/** Whether a blank follows each delimiter, as in texts of one column: `Doe, Jane`. */
const isProse = ({ records }: Attempt): boolean =>
  records.every((record) => record?.slice(1).every((field) => field?.startsWith(' ') ?? false) ?? false);

/** The dialect that makes most records alike; among equals the one with more fields. */
function bestAttempt(text: Buffer, whole: boolean): Attempt {
  const line = text.toString('utf8');
  const apostrophes = !line.includes('"') && /(^|[\t;|,])'[^'\n]*'(?=[\t;|,\r\n]|$)/m.test(line);
  const quote = apostrophes ? "'" : '"';
  const escapes = line.includes(`\\${quote}`) ? [quote, '\\'] : [quote];
  const attempts = DELIMITERS.flatMap((delimiter) =>
    escapes.map((escape) => attempt(text, whole, delimiter, quote, escape)),
  );
  const fitting = attempts
    .filter(({ records, fields }) => fields > 1 && records[0]?.length === fields)
    .sort((left, right) => right.share - left.share || right.fields - left.fields);
  if (fitting[0] !== undefined && fitting[0].share >= ENOUGH) return fitting[0];
  // Several fields, but not in the first line: something stands before the header.
  const torn = attempts
    .filter((one) => one.fields > 1 && (isTitled(one) || (one.share >= ENOUGH && !isProse(one))))
    .sort((a, b) => b.share - a.share)[0];
  if (torn !== undefined) return torn;
  if (fitting[0] !== undefined) return fitting[0];
  const unused = [',', ';', '\t', '|'].find((delimiter) => !line.includes(delimiter)) ?? ',';
  return attempt(text, whole, unused, quote, quote);
}

const looksLikeValue = (text: Field) =>
  text !== null && /^[+-]?[$€£]?\d+([.,:/-]\d+)*([T ]\d+.*)?$|^(true|false)$/i.test(text.trim());

/** The first record is a header unless a value stands in it where values stand below. */
function hasHeader(records: readonly (readonly Field[] | undefined)[], fields: number): boolean {
  const [first, ...rest] = records.filter((record) => record?.length === fields);
  if (first === undefined) return true;
  return !first.some((name, index) => {
    const year = /^(19|20)\d\d$/.test(name ?? '') && new Set(first).size === first.length;
    return looksLikeValue(name) && !(year && rest.some((record) => !/^(19|20)\d\d$/.test(record?.[index] ?? '')));
  });
}

/** Names of the header, each usable. */
function headerNames(names: readonly Field[], where: string): string[] {
  const problems: string[] = [];
  const seen = new Map<string, number>();
  names.forEach((name, index) => {
    if (name === null || name === '') return problems.push(`column ${index + 1} has no name`);
    if (name.length > 128) return problems.push(`the name of column ${index + 1} has ${name.length} characters`);
    const before = seen.get(name.toLowerCase());
    if (before !== undefined)
      problems.push(`columns ${before} and ${index + 1} are both called ${JSON.stringify(name)}`);
    seen.set(name.toLowerCase(), index + 1);
    return undefined;
  });
  if (problems.length === 0) return names.map((name) => name ?? '');
  throw unusable(
    `${where}:1`,
    `the header cannot be used: ${problems.slice(0, 5).join(', ')}`,
    'give every column a name of its own in the first line (up to 128 characters; SQL does not tell capital letters from small ones)',
  );
}

/** Finds out the dialect of UTF-8 text; `whole`: it is all there is. Fails as `BadRequest` where no declaration would do. */
export function sniffCsv(bytes: Buffer, whole: boolean, where: string): Sniffed {
  const text = bytes.subarray(0, 3).equals(BOM) ? bytes.subarray(3) : bytes;
  checkText(text, where);
  const { delimiter, quote, escape, records, fields, share } = bestAttempt(text, whole);
  const [first] = records;
  if (first === undefined)
    throw unusable(where, 'its first line cannot be read as CSV', 'give a file with a header in its first line');
  if (first.length !== fields || share < ENOUGH / 2)
    throw unusable(
      `${where}:1`,
      first.length === fields
        ? `only ${Math.round(share * 100)} % of the records have ${fields} fields`
        : `the first line has ${first.length === 1 ? 'one field' : `${first.length} fields`}, most records have ${fields}`,
      'begin the file with one line of column names, and give every record as many fields',
    );
  const header = hasHeader(records, fields);
  const columns = header ? headerNames(first, where) : first.map((_, index) => `column_${index + 1}`);
  const isText = records.slice(1).every((record) => record?.every((field) => !looksLikeValue(field)) ?? true);
  return {
    columns,
    settings: {
      ...(delimiter === ',' ? {} : { delimiter }),
      ...(quote === '"' ? {} : { quote }),
      ...(escape === quote ? {} : { escape }),
      ...(header ? {} : { header }),
    },
    guesses: header
      ? isText && records.length > 1
        ? { header: 'the first line holds the names; all values are text, so it may be a record' }
        : {}
      : { header: 'the first line is a record, not names; the names below are made up' },
  };
}

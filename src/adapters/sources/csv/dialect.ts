/** How a CSV file is written, checked once and as bytes. */
import { columnList, type CsvSourceDefinition } from '../../../domain/definition';
import { DaybreakError } from '../../../domain/failure';
import type { Column } from '../../source';

export const LF = 10;
export const CR = 13;

/** Bytes that a record may have; a longer one is quarantined, and a quote that stays open for so long is no quote. */
export const MAX_RECORD = 4 << 20;

export interface Dialect {
  readonly delimiter: number;
  readonly quote: number;
  /** The quote itself where it is doubled. */
  readonly escape: number;
  /** A blank line is a record (with NULL) only where a record has one field; elsewhere it is skipped. */
  readonly blankIsRecord: boolean;
  /** How the file is written; what is read is UTF-8 already. */
  readonly encoding: string;
}

type Wrong = (what: string, expected: string) => DaybreakError;
const wrongIn =
  (name: string): Wrong =>
  (what, expected) =>
    new DaybreakError('BadDefinition', {
      where: `source ${name}`,
      what,
      expected,
      next: 'correct it in pipeline.yaml',
    });

/** Declared columns, which the engine can tell apart. */
export function columnsOf(source: string, definition: Parameters<typeof columnList>[0]): Column[] {
  const wrong = wrongIn(source);
  const columns = columnList(definition);
  const names = columns.map(({ name }) => name);
  if (names.length === 0) throw wrong('no columns are declared', 'name and type of every column of the file');
  const lower = names.map((column) => column.toLowerCase());
  const doubled = names.find((_, index) => lower.indexOf(lower[index] ?? '') !== index);
  if (doubled !== undefined) throw wrong(`column "${doubled}" is declared twice`, 'names that differ not only in case');
  return columns;
}

export function dialectOf(name: string, definition: CsvSourceDefinition): Dialect {
  const wrong = wrongIn(name);
  const byte = (key: 'delimiter' | 'quote' | 'escape', char: string) => {
    const code = char.charCodeAt(0);
    if (code === 0 || code > 126 || code === LF || code === CR) {
      throw wrong(`${key} ${JSON.stringify(char)} cannot be used`, 'an ASCII character other than a line break');
    }
    return code;
  };
  const delimiter = byte('delimiter', definition.delimiter);
  const quote = byte('quote', definition.quote);
  const escape = byte('escape', definition.escape ?? definition.quote);
  if (delimiter === quote || delimiter === escape) {
    throw wrong(
      `delimiter ${JSON.stringify(definition.delimiter)} is also the quote or the escape`,
      'different characters',
    );
  }
  return {
    delimiter,
    quote,
    escape,
    blankIsRecord: Object.keys(definition.columns).length === 1,
    encoding: definition.encoding,
  };
}

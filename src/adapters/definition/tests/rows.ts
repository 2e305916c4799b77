/** Given and expected rows of a test, typed by the columns they name. */
import { computedFrom } from '../../../domain/graph';
import type { TestFile, Written, WrittenRow } from '../../../domain/model-tests';
import type { Column } from '../../../domain/receipt';
import type { WrittenTable } from '../../engine';
import { noSuch } from '../issues';
import type { Pipeline } from '../pipeline';
import type { Model } from '../statements';
import { typedValue } from './values';
import type { TestDocument } from './yaml';

export interface Expectation {
  /** Columns that some row names. */
  readonly named: readonly string[];
  readonly rows: readonly WrittenRow[];
  /** The model's key, where the rows name it. */
  readonly key?: readonly string[];
}

type Path = readonly (string | number)[];
type Rows = TestFile['given'][string];

/** One file's mistakes are collected as it is read. */
export interface Reading {
  readonly document: TestDocument;
  readonly pipeline: Pipeline;
  readonly problem: (path: Path, message: string, atKey?: boolean) => void;
}

/** The rows as the engine takes them; names and values that do not fit are mistakes. */
function typedRows({ problem }: Reading, columns: readonly Column[], rows: Rows, path: Path): WrittenRow[] {
  const names = columns.map(({ name }) => name);
  const told = new Set<string>();
  return rows.map((row, index) => {
    const typed: Record<string, Written> = {};
    for (const [name, written] of Object.entries(row)) {
      const column = columns.find((other) => other.name === name);
      if (column === undefined) {
        if (!told.has(name)) problem([...path, index, name], noSuch('column', name, names), true);
        told.add(name);
        continue;
      }
      const value = typedValue(column.type, written);
      if ('value' in value) typed[name] = value.value;
      else problem([...path, index, name], value.problem);
    }
    return typed;
  });
}

export const columnsOf = ({ sources, models }: Pipeline, table: string): readonly Column[] | undefined =>
  sources[table]?.columns ?? models.find(({ name }) => name === table)?.columns;

/** Given tables, typed. Those that nothing reads, for what is given `beside`, are mistakes: they would change nothing. */
export function givenTables(
  reading: Reading,
  model: Model,
  given: TestFile['given'],
  path: Path,
  beside: TestFile['given'],
) {
  const { pipeline, problem } = reading;
  const needed = computedFrom(model.name, pipeline.models, new Set(Object.keys({ ...beside, ...given }))).tables;
  const known = [...Object.keys(pipeline.sources), ...pipeline.models.map(({ name }) => name)];
  return Object.entries(given).flatMap(([name, rows]): WrittenTable[] => {
    const columns = known.includes(name) ? columnsOf(pipeline, name) : undefined;
    if (columns === undefined) problem([...path, name], noSuch('table', name, known), true);
    else if (name === model.name) problem([...path, name], 'is what is tested; expected what it reads', true);
    else if (!needed.includes(name))
      problem([...path, name], `is not read; expected some of ${needed.join(', ')}`, true);
    else return [{ name, columns, rows: typedRows(reading, columns, rows, [...path, name]) }];
    return [];
  });
}

/** Expected rows, typed. They are told apart by the key where all name it; else all have to name the same columns. */
export function expectation(reading: Reading, model: Model, rows: Rows, path: Path): Expectation {
  const { problem } = reading;
  const typed = typedRows(reading, model.columns, rows, path);
  const { key } = model.header;
  const named = [...new Set(typed.flatMap((row) => Object.keys(row)))];
  if (key !== undefined && rows.every((row) => key.every((name) => Object.hasOwn(row, name)))) {
    const keys = typed.map((row) => JSON.stringify(key.map((name) => row[name])));
    for (const [index, text] of keys.entries())
      if (keys.indexOf(text) < index) problem([...path, index], `${key.join(', ')} is that of another row`);
    return { named, rows: typed, key };
  }
  const [first = {}] = rows;
  for (const [index, row] of rows.entries()) {
    const differs = [...Object.keys(first), ...Object.keys(row)].find(
      (name) => Object.hasOwn(first, name) !== Object.hasOwn(row, name),
    );
    if (differs === undefined) continue;
    const all = `all rows name the same columns${key === undefined ? '' : `, or all name the key (${key.join(', ')})`}`;
    problem([...path, index], `${differs} is named by some rows only; expected that ${all}`);
  }
  return { named, rows: typed };
}

/** Tests of models: text → what is given, computed and expected, with every mistake at its place. */
import { basename, dirname } from 'node:path';
import { DaybreakError, formatProblem, type Problem } from '../../../domain/failure';
import { computedFrom } from '../../../domain/graph';
import { type TestFile, testFileSchema, type Written, type WrittenRow } from '../../../domain/model-tests';
import type { TypedValue } from '../../../domain/plan';
import type { Column } from '../../../domain/receipt';
import type { WrittenTable } from '../../engine';
import { noSuch, placedIssues } from '../issues';
import type { Pipeline } from '../pipeline';
import type { Model } from '../statements';
import { typedValue } from './values';
import { testVariables } from './variables';
import { parseTestDocument, type TestDocument } from './yaml';

export interface ModelTest {
  readonly name: string;
  readonly line: number;
  readonly variables: Readonly<Record<string, TypedValue>>;
  /** Every table that is read and not computed; sources that nobody gives are empty. */
  readonly tables: readonly WrittenTable[];
  /** In topological order, the tested one last. */
  readonly models: readonly Model[];
  readonly expect: {
    /** Columns that some row names. */
    readonly named: readonly string[];
    readonly rows: readonly WrittenRow[];
    /** The model's key, where the rows name it. */
    readonly key?: readonly string[];
  };
}

export interface ModelTests {
  readonly model: Model;
  readonly file: string;
  readonly tests: readonly ModelTest[];
}

const KEYS = ['with', 'given', 'tests', 'name', 'expect'];
type Path = readonly (string | number)[];
type Rows = TestFile['given'][string];

/** One file's mistakes are collected as it is read. */
interface Reading {
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

const columnsOf = ({ sources, models }: Pipeline, table: string): readonly Column[] | undefined =>
  sources[table]?.columns ?? models.find(({ name }) => name === table)?.columns;

/** Given tables, typed. Those that nothing reads, for what is given `beside`, are mistakes: they would change nothing. */
function givenTables(reading: Reading, model: Model, given: TestFile['given'], path: Path, beside: TestFile['given']) {
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
function expectation(reading: Reading, model: Model, rows: Rows, path: Path): ModelTest['expect'] {
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

function testsOf(reading: Reading, model: Model, content: TestFile): ModelTest[] {
  const { pipeline, document, problem } = reading;
  const shared = givenTables(reading, model, content.given, ['given'], {});
  return content.tests.map((test, index) => {
    const path = ['tests', index];
    const own = givenTables(reading, model, test.given, [...path, 'given'], content.given);
    const given = [...shared.filter(({ name }) => !Object.hasOwn(test.given, name)), ...own];
    const { computed, tables } = computedFrom(model.name, pipeline.models, new Set(given.map(({ name }) => name)));
    return {
      name: test.name,
      line: document.place([...path, 'name']).line,
      variables: testVariables(pipeline, content.with, test.with, (inTest, name, message, atKey) =>
        problem(inTest ? [...path, 'with', name] : ['with', name], message, atKey),
      ),
      tables: tables.map(
        (name) =>
          given.find((table) => table.name === name) ?? { name, columns: columnsOf(pipeline, name) ?? [], rows: [] },
      ),
      models: computed,
      expect: expectation(reading, model, test.expect, [...path, 'expect']),
    };
  });
}

/** Parses files of tests. Fails as `BadDefinition` with every problem as `file:line:column message`. */
export function parseTests(
  files: readonly { readonly file: string; readonly text: string }[],
  pipeline: Pipeline,
): ModelTests[] {
  const problems: Problem[] = [];
  const parsed = files.flatMap(({ file, text }): ModelTests[] => {
    const name = basename(file).replace(/\.test\.ya?ml$/, '');
    const model = pipeline.models.find((other) => other.name === name && dirname(other.file) === dirname(file));
    if (model === undefined || file.endsWith('.yml')) {
      const beside = pipeline.models
        .filter((other) => dirname(other.file) === dirname(file))
        .map((other) => other.name);
      const message = model === undefined ? noSuch('model', name, beside) : `expected the name ${name}.test.yaml`;
      problems.push({ file, line: 1, column: 1, message });
      return [];
    }
    const document = parseTestDocument(file, text);
    const problem: Reading['problem'] = (path, message, atKey) =>
      problems.push({ file, ...document.place(path, atKey), message: `${path.join('.')}: ${message}` });
    problems.push(...document.problems);
    if (document.problems.length > 0) return [];
    const content = testFileSchema.safeParse(document.content);
    if (content.success) return [{ model, file, tests: testsOf({ document, pipeline, problem }, model, content.data) }];
    for (const issue of placedIssues(content.error, document.content, KEYS)) {
      const place = document.place(issue.path, issue.atKey);
      problems.push({ file, ...place, message: `${issue.path.map(String).join('.') || 'the file'}: ${issue.message}` });
    }
    return [];
  });
  if (problems.length === 0) return parsed;
  const lines = [...new Set(problems.map(formatProblem))];
  throw new DaybreakError('BadDefinition', {
    what: `${lines.length === 1 ? 'one mistake' : `${lines.length} mistakes`} in the tests of models\n${lines.map((line) => `  ${line}`).join('\n')}`,
    next: 'correct the files and try again',
  });
}

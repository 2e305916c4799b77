/** Tests of models: text → what is given, computed and expected, with every mistake at its place. */
import { basename, dirname } from 'node:path';
import type { Problem } from '../../../domain/failure';
import { computedFrom } from '../../../domain/graph';
import { type TestFile, testFileSchema } from '../../../domain/model-tests';
import type { TypedValue } from '../../../domain/plan';
import type { WrittenTable } from '../../engine';
import { noSuch, placedIssues } from '../issues';
import { badDefinition, type Pipeline } from '../pipeline';
import type { Model } from '../statements';
import { columnsOf, type Expectation, expectation, givenTables, type Reading } from './rows';
import { testVariables } from './variables';
import { parseTestDocument } from './yaml';

export interface ModelTest {
  readonly name: string;
  readonly line: number;
  readonly variables: Readonly<Record<string, TypedValue>>;
  /** Every table that is read and not computed; sources that nobody gives are empty. */
  readonly tables: readonly WrittenTable[];
  /** In topological order, the tested one last. */
  readonly models: readonly Model[];
  readonly expect: Expectation;
}

export interface ModelTests {
  readonly model: Model;
  readonly file: string;
  readonly tests: readonly ModelTest[];
}

const KEYS = ['with', 'given', 'tests', 'name', 'expect'];
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

type TestFiles = readonly { readonly file: string; readonly text: string }[];

/** Parses files of tests as far as they can be understood. */
export function examineTests(files: TestFiles, pipeline: Pipeline): { parsed: ModelTests[]; problems: Problem[] } {
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
  return { parsed, problems };
}

/** Tests without mistakes. Fails as `BadDefinition` with every problem as `file:line:column message`. */
export function parseTests(files: TestFiles, pipeline: Pipeline): ModelTests[] {
  const { parsed, problems } = examineTests(files, pipeline);
  if (problems.length > 0) throw badDefinition(problems, 'the tests of models');
  return parsed;
}

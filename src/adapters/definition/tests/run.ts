/** Runs the tests of models, with an engine for as long as that takes. */
import { DaybreakError } from '../../../domain/failure';
import type { ParameterValue } from '../../../domain/parameters';
import { type Difference, differenceText, rowDifferences } from '../../../domain/row-differences';
import type { Engine, Sandbox } from '../../engine';
import { duckDbEngine } from '../../engines/duckdb';
import { duckDb } from '../../engines/duckdb/client';
import { noSuch } from '../issues';
import { parsePipeline, type Pipeline } from '../pipeline';
import { pipelineFolder, readPipeline, readTests } from '../read';
import type { Model } from '../statements';
import { type ModelTest, type ModelTests, parseTests } from './parse';

export interface TestResult {
  readonly name: string;
  readonly line: number;
  readonly passed: boolean;
  readonly differences: readonly Difference[];
  /** What is said of a failed test: its differences, or why nothing could be computed. */
  readonly says: readonly string[];
}

export interface ModelReport {
  readonly model: string;
  /** Relative to the pipeline's folder; null when nobody tests the model. */
  readonly file: string | null;
  readonly tests: readonly TestResult[];
  /** Columns that no expectation names. */
  readonly untested: readonly string[];
}

export interface TestReport {
  readonly pipeline: string;
  readonly models: readonly ModelReport[];
  readonly passed: number;
  readonly failed: number;
  readonly seconds: number;
}

async function runTest(sandbox: Sandbox, model: Model, test: ModelTest): Promise<TestResult> {
  const { name, line, expect } = test;
  const failed = (says: readonly string[], differences: readonly Difference[] = []): TestResult => {
    return { name, line, passed: says.length === 0, differences, says };
  };
  try {
    const { rows: actual, columns, truncated } = await sandbox.compute(test);
    if (truncated) return failed([`there are more than ${actual.length} rows; expected as few as a test can say`]);
    const types = Object.fromEntries(columns.map((column) => [column.name, column.type]));
    const named = columns.filter((column) => expect.named.includes(column.name));
    const cast =
      named.length === 0 ? [] : (await sandbox.rows({ name: 'expect', columns: named, rows: expect.rows })).rows;
    const expected = expect.rows.map((row, index) =>
      Object.fromEntries(Object.keys(row).map((column) => [column, cast[index]?.[column] ?? null])),
    );
    const differences = rowDifferences({ types, expected, actual, ...(expect.key && { key: expect.key }) });
    return failed(
      differences.map((difference) => differenceText(difference, types)),
      differences,
    );
  } catch (error) {
    const told =
      error instanceof DaybreakError && ['ModelFailed', 'OutOfMemory', 'DeadlineExceeded'].includes(error.kind);
    if (!told) throw error;
    return failed([`${error.text.where ?? model.name} cannot be computed: ${error.text.what}`]);
  }
}

/** Runs tests one after the other; a test that fails is an answer. Fails as `BadRequest` for a model that is not there. */
export async function runTests(
  pipeline: Pipeline,
  tests: readonly ModelTests[],
  engine: Engine,
  wanted?: readonly string[],
): Promise<TestReport> {
  const { definition } = pipeline;
  const names = pipeline.models.map(({ name }) => name);
  const unknown = wanted?.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new DaybreakError('BadRequest', {
      where: definition.name,
      what: noSuch('model', unknown, names),
      expected: 'a pipeline, models of it, or both in this order',
      next: 'look at the names in its folder of models',
    });
  }
  const begun = performance.now();
  const sandbox = await engine.sandbox(definition.zone);
  const models: ModelReport[] = [];
  for (const model of pipeline.models.filter(({ name }) => wanted?.includes(name) ?? true)) {
    const own = tests.find((file) => file.model === model);
    const results: TestResult[] = [];
    for (const test of own?.tests ?? []) results.push(await runTest(sandbox, model, test));
    const tested = own?.tests.flatMap(({ expect }) => expect.named) ?? [];
    const untested = model.columns.map(({ name }) => name).filter((name) => !tested.includes(name));
    models.push({ model: model.name, file: own?.file ?? null, tests: results, untested });
  }
  await sandbox.close();
  const results = models.flatMap((model) => model.tests);
  const passed = results.filter((result) => result.passed).length;
  const seconds = (performance.now() - begun) / 1000;
  return { pipeline: definition.name, models, passed, failed: results.length - passed, seconds };
}

/** Reads a pipeline and runs its tests. Fails as `BadDefinition` with every mistake of the pipeline, or of its tests. */
export async function testPipeline(
  pipeline: string,
  options: {
    readonly base: string;
    readonly parameters: Readonly<Record<string, ParameterValue>>;
    readonly environment: Readonly<Record<string, string | undefined>>;
    /** By default all. */
    readonly models?: readonly string[];
  },
): Promise<TestReport> {
  const files = await readPipeline(await pipelineFolder(pipeline, options.base));
  const engine = duckDbEngine(duckDb());
  try {
    const parsed = await parsePipeline(files, engine, options);
    return await runTests(parsed, parseTests(await readTests(files), parsed), engine, options.models);
  } finally {
    await engine.close();
  }
}

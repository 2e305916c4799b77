/** Reads and parses a pipeline's folder on its own, with an engine for as long as that takes. */
import type { ParameterValue } from '../../domain/parameters';
import { duckDbEngine } from '../engines/duckdb';
import { duckDb } from '../engines/duckdb/client';
import { parsePipeline, type Pipeline } from './pipeline';
import { pipelineFolder, readPipeline, readTests } from './read';
import { parseTests } from './tests/parse';

/** The pipeline, and how many tests its models have. Fails as `BadDefinition` with every mistake of it, or of its tests. */
export async function validatePipeline(
  pipeline: string,
  options: {
    readonly base: string;
    readonly parameters: Readonly<Record<string, ParameterValue>>;
    readonly environment: Readonly<Record<string, string | undefined>>;
  },
): Promise<Pipeline & { readonly tests: number }> {
  const files = await readPipeline(await pipelineFolder(pipeline, options.base));
  const engine = duckDbEngine(duckDb());
  try {
    const parsed = await parsePipeline(files, engine, options);
    const tests = parseTests(await readTests(files), parsed);
    return { ...parsed, tests: tests.reduce((sum, file) => sum + file.tests.length, 0) };
  } finally {
    await engine.close();
  }
}

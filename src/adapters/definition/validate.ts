/** Reads and parses a pipeline's folder on its own, with an engine for as long as that takes. */
import type { ParameterValue } from '../../domain/parameters';
import { duckDbEngine } from '../engines/duckdb';
import { duckDb } from '../engines/duckdb/client';
import { parsePipeline, type Pipeline } from './pipeline';
import { pipelineFolder, readPipeline } from './read';

/** Fails as `BadDefinition` with every mistake. */
export async function validatePipeline(
  pipeline: string,
  options: {
    readonly base: string;
    readonly parameters: Readonly<Record<string, ParameterValue>>;
    readonly environment: Readonly<Record<string, string | undefined>>;
  },
): Promise<Pipeline> {
  const files = await readPipeline(await pipelineFolder(pipeline, options.base));
  const engine = duckDbEngine(duckDb());
  try {
    return await parsePipeline(files, engine, options);
  } finally {
    await engine.close();
  }
}

/** `daybreak validate`: every mistake of a pipeline with file:line:column, without Temporal. */
import { parsePipeline } from '../adapters/definition/pipeline';
import { pipelineFolder, readPipeline } from '../adapters/definition/read';
import { duckDbEngine } from '../adapters/engines/duckdb';
import { duckDb } from '../adapters/engines/duckdb/client';
import { contextOf, parametersOf } from './options';
import { type OutputOptions, textTable } from './output';
import { EXIT } from './render/result';

export async function validateCommand(
  pipeline: string,
  options: OutputOptions & { var?: readonly string[] },
): Promise<number> {
  const { config, output } = contextOf(options);
  const files = await readPipeline(await pipelineFolder(pipeline, process.cwd()));
  const engine = duckDbEngine(duckDb());
  try {
    const { definition, models, checks } = await parsePipeline(files, engine, {
      parameters: parametersOf(options.var),
      environment: config.environment,
    });
    const sources = Object.keys(definition.sources);
    output.answer(
      {
        pipeline: definition.name,
        sources,
        models: models.map(({ name, reads, header }) => ({ name, reads, publish: header.publish })),
        checks: checks.length,
      },
      () =>
        [
          `${definition.name} is good: ${sources.length} sources, ${models.length} models, ${checks.length} checks on models`,
          textTable(
            ['model', 'reads', 'published'],
            models.map(({ name, reads, header }) => [name, reads.join(', '), header.publish ? 'yes' : '']),
          ),
        ].join('\n'),
    );
    return EXIT.ok;
  } finally {
    await engine.close();
  }
}

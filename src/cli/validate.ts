/** `daybreak validate`: every mistake of a pipeline with file:line:column, without Temporal. */
import { validatePipeline } from '../adapters/definition/validate';
import { contextOf, fromHere, parametersOf } from './options';
import { type OutputOptions, textTable } from './output';
import { EXIT } from './render/result';

export async function validateCommand(
  pipeline: string,
  options: OutputOptions & { var?: readonly string[] },
): Promise<number> {
  const { config, output } = contextOf(options);
  const parameters = await fromHere(pipeline, parametersOf(options.var));
  const { definition, models, checks, tests } = await validatePipeline(pipeline, {
    base: process.cwd(),
    parameters,
    environment: config.environment,
  });
  const sources = Object.keys(definition.sources);
  const graph = models.map(({ name, reads, header }) => ({ name, reads, publish: header.publish }));
  output.answer({ pipeline: definition.name, sources, models: graph, checks: checks.length, tests }, () =>
    [
      `${definition.name} is good: ${sources.length} sources, ${models.length} models, ${checks.length} checks on models, ${tests} tests`,
      textTable(
        ['model', 'reads', 'published'],
        graph.map(({ name, reads, publish }) => [name, reads.join(', '), publish ? 'yes' : '']),
      ),
    ].join('\n'),
  );
  return EXIT.ok;
}

/** `daybreak test`: the tests of a pipeline's models, without Temporal and without data. */
import { pipelineFolder } from '../adapters/definition/read';
import { testPipeline } from '../adapters/definition/tests/run';
import { DEFAULT_PIPELINE } from '../domain/run';
import { contextOf, fromHere, parametersOf } from './options';
import type { OutputOptions } from './output';
import { EXIT } from './render/result';
import { reportText } from './render/tests';

/** The first word may be a pipeline, or already a model of the shipped one; what looks like a path is no model. */
async function subjectOf(first: string | undefined, rest: readonly string[]) {
  if (first === undefined) return { pipeline: DEFAULT_PIPELINE, models: [] };
  const isPipeline =
    /\W/.test(first) ||
    (await pipelineFolder(first, process.cwd()).then(
      () => true,
      () => false,
    ));
  return isPipeline ? { pipeline: first, models: rest } : { pipeline: DEFAULT_PIPELINE, models: [first, ...rest] };
}

export async function testCommand(
  first: string | undefined,
  rest: readonly string[],
  options: OutputOptions & { var?: readonly string[] },
): Promise<number> {
  const { config, output } = contextOf(options);
  const { pipeline, models } = await subjectOf(first, rest);
  const report = await testPipeline(pipeline, {
    base: process.cwd(),
    parameters: await fromHere(pipeline, parametersOf(options.var)),
    environment: config.environment,
    ...(models.length === 0 ? {} : { models }),
  });
  output.answer(report, () => reportText(report, output.paint));
  return report.failed === 0 ? EXIT.ok : EXIT.failed;
}

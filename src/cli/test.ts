/** `daybreak test`: the tests of a pipeline's models, without Temporal and without data. */
import { pipelineFolder } from '../adapters/definition/read';
import { testPipeline } from '../adapters/definition/tests/run';
import { contextOf, fromHere, parametersOf } from './options';
import type { Output, OutputOptions } from './output';
import { pipelineOf } from './pipeline';
import { EXIT } from './render/result';
import { reportText } from './render/tests';

/** The first word may be a pipeline, or already a model of the one that needs no naming; what looks like a path is no model. */
async function subjectOf(first: string | undefined, rest: readonly string[], output: Output) {
  const isPipeline =
    first !== undefined &&
    (/\W/.test(first) ||
      (await pipelineFolder(first, process.cwd()).then(
        () => true,
        () => false,
      )));
  if (isPipeline) return { pipeline: first, models: rest };
  return { pipeline: await pipelineOf(undefined, output), models: first === undefined ? [] : [first, ...rest] };
}

export async function testCommand(
  first: string | undefined,
  rest: readonly string[],
  options: OutputOptions & { var?: readonly string[] },
): Promise<number> {
  const { config, output } = contextOf(options);
  const { pipeline, models } = await subjectOf(first, rest, output);
  const report = await testPipeline(pipeline, {
    base: process.cwd(),
    parameters: await fromHere(pipeline, parametersOf(options.var)),
    environment: config.environment,
    ...(models.length === 0 ? {} : { models }),
  });
  output.answer(report, () => reportText(report, output.paint));
  return report.failed === 0 ? EXIT.ok : EXIT.failed;
}

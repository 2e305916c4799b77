/** `daybreak plan`: what a run would do, and why; nothing is changed, and no server is needed. */
import { previewRun } from '../preview';
import { contextOf, requestOf, type RunOptions } from './options';
import { pipelineOf } from './pipeline';
import { planText } from './render/plan';
import { EXIT } from './render/result';

export async function planCommand(pipeline: string | undefined, options: RunOptions): Promise<number> {
  const { config, output } = contextOf(options);
  const request = await requestOf(await pipelineOf(pipeline, output), options);
  const preview = await previewRun(request, config, {
    onSource: (name) => {
      if (output.live) output.say(output.paint.dim(`looking at ${name} …`));
    },
    onWaiting: (text) => output.say(output.paint.dim(`${text} …`)),
  });
  output.answer(preview, () => planText(preview, output));
  return EXIT.ok;
}

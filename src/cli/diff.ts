/** `daybreak diff`: what is different between two editions. */
import { published } from '../published';
import { contextOf } from './options';
import type { OutputOptions } from './output';
import { pipelineOf } from './pipeline';
import { diffText } from './render/diff';
import { EXIT } from './render/result';

interface Options extends OutputOptions {
  readonly pipeline?: string;
  readonly table?: string;
  readonly limit: number;
}

export async function diffCommand(before: string, after: string, options: Options): Promise<number> {
  const { config, output } = contextOf(options);
  const { pipeline, table, limit } = options;
  const diff = await published(config).diff(before, after, {
    limit,
    pipeline: await pipelineOf(pipeline, output),
    ...(table === undefined ? {} : { table }),
  });
  output.answer(diff, () => diffText(diff, output));
  return diff.equal ? EXIT.ok : EXIT.different;
}

/** Which pipeline a command is about: the one that is named, else that of the working directory, else the shipped one. */
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { DECLARATION, declaredName, pipelineFolder, readPipeline } from '../adapters/definition/read';
import { DaybreakError } from '../domain/failure';
import { DEFAULT_PIPELINE } from '../domain/run';
import { sharesName } from '../published/lookup';
import type { Context } from './options';
import type { Output } from './output';
import { otherFolderText } from './render/plan';

const isPipeline = (folder: string) => existsSync(join(folder, DECLARATION));

/** Whether a command that names none is about a pipeline of the working directory. */
export const worksInPipeline = (): boolean => isPipeline(process.cwd());

/**
 * What a request or a question names. A folder is made absolute, so that it stays right for a worker that runs somewhere
 * else; a name is a shipped pipeline, or one that the worker knows. Where none is named, people are told which it is.
 */
export async function pipelineOf(named: string | undefined, output: Output): Promise<string> {
  if (named !== undefined) return isPipeline(resolve(named)) ? resolve(named) : named;
  if (!worksInPipeline()) {
    output.say(output.paint.dim(`pipeline ${DEFAULT_PIPELINE}, the shipped one: this folder has no ${DECLARATION}`));
    return DEFAULT_PIPELINE;
  }
  const folder = process.cwd();
  const name = await readPipeline(folder)
    .then(declaredName)
    .catch(() => basename(folder));
  output.say(output.paint.dim(`pipeline ${name}, of this folder`));
  return folder;
}

/** Warns where a run would replace what another folder of the same name has published. */
export async function tellOtherFolder(pipeline: string, { config, output }: Context): Promise<void> {
  const other = await sharesName(config.home, pipeline);
  if (other !== undefined) output.say(output.paint.yellow(otherFolderText(other.name, other.folder)));
}

/**
 * Refuses a pipeline that is not here before anything is started for it. Workers of a server that somebody configured may
 * be elsewhere and know it: then it is only said.
 */
export async function expectPipeline(pipeline: string, { config, output }: Context): Promise<void> {
  try {
    await pipelineFolder(pipeline, process.cwd());
  } catch (error) {
    if (!config.temporal.configured || !(error instanceof DaybreakError)) throw error;
    output.say(output.paint.yellow(`${error.text.what}; it is not here, but the worker may know it`));
  }
}

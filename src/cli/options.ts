/** Options that several commands share, and how their words become a request. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type Config, loadConfig } from '../config';
import { DaybreakError } from '../domain/failure';
import { DEFAULT_PIPELINE, type RunRequest } from '../domain/run';
import { createOutput, type Output, type OutputOptions } from './output';

export interface RunOptions extends OutputOptions {
  readonly from?: string;
  readonly to?: string;
  readonly full?: boolean;
  readonly var?: readonly string[];
}

export const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** Options of every command that answers. */
export const answering = (command: Command): Command =>
  command
    .option('--json', 'one JSON object on stdout')
    .option('--quiet', 'nothing but the answer')
    .option('--no-color', 'no colour');

/** What a pipeline is in every command that takes one. */
export const PIPELINE = `a folder or a shipped name; by default that of the working directory, else ${DEFAULT_PIPELINE}`;

/** Options that say what a run is about. */
export const running = (command: Command): Command =>
  command
    .option('--from <day>', 'first day of the window, such as 2026-11-01')
    .option('--to <day>', 'day after the window; its midnight is as_of')
    .option('--full', 'make everything anew, also what could be reused')
    .option('--var <name=value>', 'a parameter of the pipeline; may be repeated', collect);

export interface Context {
  readonly config: Config;
  readonly output: Output;
}

export function contextOf(options: OutputOptions): Context {
  const config = loadConfig();
  return { config, output: createOutput(options, config.environment) };
}

/** `--var vip_value=500` → `{vip_value: "500"}` */
export function parametersOf(assignments: readonly string[] = []): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const assignment of assignments) {
    const at = assignment.indexOf('=');
    if (at < 1) {
      throw new DaybreakError('BadRequest', {
        where: `--var ${assignment}`,
        what: 'the parameter is not understood',
        expected: 'name=value',
        next: 'write --var vip_value=500',
      });
    }
    parameters[assignment.slice(0, at)] = assignment.slice(at + 1);
  }
  return parameters;
}

/** Paths that people type are meant from where they are; the worker may be somewhere else. */
export async function fromHere(
  pipeline: string,
  parameters: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  if (Object.keys(parameters).length === 0) return {};
  const { pathParameters, pipelineFolder, readPipeline } = await import('../adapters/definition/read.js');
  // A pipeline that only the worker can see: it says itself what is wrong, if anything is.
  const files = await pipelineFolder(pipeline, process.cwd())
    .then(readPipeline)
    .catch(() => undefined);
  const paths = files === undefined ? [] : pathParameters(files);
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, paths.includes(name) ? resolve(value) : value]),
  );
}

/** What a run is about; `pipeline` as `pipelineOf` gives it. */
export async function requestOf(
  pipeline: string,
  options: RunOptions,
): Promise<RunRequest & Required<Pick<RunRequest, 'pipeline'>>> {
  const parameters = await fromHere(pipeline, parametersOf(options.var));
  return {
    pipeline,
    ...(options.from === undefined ? {} : { from: options.from }),
    ...(options.to === undefined ? {} : { to: options.to }),
    ...(options.full === true ? { full: true } : {}),
    ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
  };
}

/** Reads a pipeline's folder into its files; what a run begins with and keeps. */
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { PIPELINE_NAME } from '../../domain/definition';
import { DaybreakError } from '../../domain/failure';
import { didYouMean } from './issues';
import { readYaml } from './yaml';

/** A pipeline as text: enough to parse it again on any worker. */
export interface PipelineFiles {
  /** Absolute; relative paths of sources start here. */
  readonly folder: string;
  readonly yaml: string;
  /** SQL files by path relative to the folder, in order of path: models and mappings. */
  readonly sql: Readonly<Record<string, string>>;
  /** Which of them are models. */
  readonly models: readonly string[];
  /** What the report shows, when it is declared and there. */
  readonly report?: { readonly file: string; readonly text: string };
}

export const DECLARATION = 'pipeline.yaml';

/** The shipped pipelines, next to `dist` or `src`. */
const SHIPPED = resolve(__dirname, '..', '..', '..', 'pipelines');

/** Names of the folders in there that are pipelines. */
async function pipelinesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const isPipeline = async (name: string) =>
    (await stat(join(folder, name, DECLARATION)).catch(() => undefined))?.isFile();
  const found = await Promise.all(names.map(isPipeline));
  return names.filter((_, index) => found[index] === true);
}

/** The folder of a pipeline given by path or by the name of a shipped one. */
export async function pipelineFolder(pipeline: string, base: string): Promise<string> {
  const tried = [resolve(base, pipeline), ...(/^[\w-]+$/.test(pipeline) ? [join(SHIPPED, pipeline)] : [])];
  for (const folder of tried) {
    const found = await stat(join(folder, DECLARATION)).catch(() => undefined);
    if (found?.isFile()) return await realpath(folder);
  }
  const shipped = await pipelinesIn(SHIPPED);
  const beside = dirname(pipeline);
  const near = (await pipelinesIn(resolve(base, beside))).map((name) => join(beside, name));
  throw new DaybreakError('BadDefinition', {
    what: `there is no pipeline ${JSON.stringify(pipeline)}${didYouMean(pipeline, [...near, ...shipped])}`,
    expected: `a folder with a ${DECLARATION}, or one of the shipped pipelines (${shipped.join(', ')}); looked in ${tried.join(', ')}`,
    next: 'give the path of the folder',
  });
}

/** The declaration as it stands; mistakes in it are found by parsing it properly. */
function asItStands(yaml: string): Readonly<Record<string, unknown>> {
  const { content } = readYaml(yaml);
  return typeof content === 'object' && content !== null ? (content as Record<string, unknown>) : {};
}

/** Files that a declaration names. */
function mentioned(yaml: string): { models: string[]; mappings: string[]; report: string | undefined } {
  const document = asItStands(yaml);
  const texts = (value: unknown) => (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string');
  const sources =
    typeof document.sources === 'object' && document.sources !== null ? Object.values(document.sources) : [];
  return {
    models: document.models === undefined ? ['models'] : texts(document.models),
    mappings: texts(sources.map((source) => (source as { mapping?: unknown } | null)?.mapping)),
    report: typeof document.report === 'string' ? document.report : undefined,
  };
}

/** A file's text; some editors put a mark in front of it that no parser knows. */
const readText = async (path: string): Promise<string> => (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');

/** Reads the folder. Fails as `BadDefinition` when the declaration or a folder of models is missing. */
export async function readPipeline(folder: string): Promise<PipelineFiles> {
  const yaml = await readText(join(folder, DECLARATION));
  const { models, mappings, report } = mentioned(yaml);
  const sql: [string, string][] = [];
  const modelFiles: string[] = [];
  for (const models_ of models) {
    const entries = await readdir(resolve(folder, models_)).catch((error: unknown) => {
      throw new DaybreakError(
        'BadDefinition',
        {
          where: DECLARATION,
          what: `the models folder ${models_} cannot be read (${(error as NodeJS.ErrnoException).code})`,
          next: 'make the folder, or correct "models"',
        },
        { cause: error },
      );
    });
    for (const entry of entries.filter((name) => name.endsWith('.sql')).toSorted()) {
      const file = relative(folder, resolve(folder, models_, entry));
      modelFiles.push(file);
      sql.push([file, await readText(join(folder, file))]);
    }
  }
  for (const file of mappings) {
    const text = await readText(resolve(folder, file)).catch(() => undefined);
    if (text !== undefined) sql.push([file, text]);
  }
  const shown = report === undefined ? undefined : await readText(resolve(folder, report)).catch(() => undefined);
  return {
    folder,
    yaml,
    sql: Object.fromEntries(sql.toSorted(([a], [b]) => (a < b ? -1 : 1))),
    models: modelFiles,
    ...(report === undefined || shown === undefined ? {} : { report: { file: report, text: shown } }),
  };
}

/** The files with tests of models, in order of path. They are no part of what a run begins with. */
export async function readTests({ folder, yaml }: PipelineFiles): Promise<{ file: string; text: string }[]> {
  const tests: { file: string; text: string }[] = [];
  for (const models of mentioned(yaml).models) {
    const entries = await readdir(resolve(folder, models));
    for (const entry of entries.filter((name) => /\.test\.ya?ml$/.test(name)).toSorted()) {
      const file = relative(folder, resolve(folder, models, entry));
      tests.push({ file, text: await readText(join(folder, file)) });
    }
  }
  return tests;
}

/** The name that a pipeline declares; its folder's text is enough. */
export function declaredName(files: PipelineFiles): string {
  const { name } = asItStands(files.yaml);
  if (typeof name === 'string' && PIPELINE_NAME.test(name)) return name;
  throw new DaybreakError('BadDefinition', {
    where: join(files.folder, DECLARATION),
    what: 'the name of the pipeline cannot be read',
    expected: 'a line such as "name: my-shop"',
    next: '`daybreak validate` shows what is wrong with the file',
  });
}

/** Parameters that are paths, by the declaration as it stands. */
export function pathParameters(files: PipelineFiles): string[] {
  const { parameters } = asItStands(files.yaml);
  const declared = typeof parameters === 'object' && parameters !== null ? Object.entries(parameters) : [];
  return declared.flatMap(([name, parameter]) =>
    (parameter as { type?: unknown } | null)?.type === 'path' ? [name] : [],
  );
}

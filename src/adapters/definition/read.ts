/** Reads a pipeline's folder into its files; what a run begins with and keeps. */
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { parse } from 'yaml';
import { DaybreakError } from '../../domain/failure';

/** A pipeline as text: enough to parse it again on any worker. */
export interface PipelineFiles {
  /** Absolute; relative paths of sources start here. */
  readonly folder: string;
  readonly yaml: string;
  /** SQL files by path relative to the folder, in order of path: models and mappings. */
  readonly sql: Readonly<Record<string, string>>;
  /** Which of them are models. */
  readonly models: readonly string[];
}

export const DECLARATION = 'pipeline.yaml';

/** The shipped pipelines, next to `dist` or `src`. */
const SHIPPED = resolve(__dirname, '..', '..', '..', 'pipelines');

/** The folder of a pipeline given by path or by the name of a shipped one. */
export async function pipelineFolder(pipeline: string, base: string): Promise<string> {
  const tried = [resolve(base, pipeline), ...(/^[\w-]+$/.test(pipeline) ? [join(SHIPPED, pipeline)] : [])];
  for (const folder of tried) {
    const found = await stat(join(folder, DECLARATION)).catch(() => undefined);
    if (found?.isFile()) return await realpath(folder);
  }
  const shipped = await readdir(SHIPPED).catch(() => []);
  throw new DaybreakError('BadDefinition', {
    what: `there is no pipeline ${JSON.stringify(pipeline)}`,
    expected: `a folder with a ${DECLARATION}, or one of the shipped pipelines (${shipped.join(', ')}); looked in ${tried.join(', ')}`,
    next: 'give the path of the folder',
  });
}

/** What a broken declaration says about other files; mistakes in it are found by parsing it properly. */
function mentioned(yaml: string): { models: string[]; mappings: string[] } {
  let document: Record<string, unknown> = {};
  try {
    document = (parse(yaml, { logLevel: 'silent' }) as Record<string, unknown> | null) ?? {};
  } catch {
    // The parser reports it with its place.
  }
  const texts = (value: unknown) => (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string');
  const sources =
    typeof document.sources === 'object' && document.sources !== null ? Object.values(document.sources) : [];
  return {
    models: document.models === undefined ? ['models'] : texts(document.models),
    mappings: texts(sources.map((source) => (source as { mapping?: unknown } | null)?.mapping)),
  };
}

/** Reads the folder. Fails as `BadDefinition` when the declaration or a folder of models is missing. */
export async function readPipeline(folder: string): Promise<PipelineFiles> {
  const yaml = await readFile(join(folder, DECLARATION), 'utf8');
  const { models, mappings } = mentioned(yaml);
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
      sql.push([file, await readFile(join(folder, file), 'utf8')]);
    }
  }
  for (const file of mappings) {
    const text = await readFile(resolve(folder, file), 'utf8').catch(() => undefined);
    if (text !== undefined) sql.push([file, text]);
  }
  return { folder, yaml, sql: Object.fromEntries(sql.toSorted(([a], [b]) => (a < b ? -1 : 1))), models: modelFiles };
}

/** The name that a pipeline declares; its folder's text is enough. */
export function declaredName(files: PipelineFiles): string {
  const document = parse(files.yaml, { logLevel: 'silent' }) as { name?: unknown } | null;
  if (typeof document?.name === 'string') return document.name;
  throw new DaybreakError('BadDefinition', {
    where: join(files.folder, DECLARATION),
    what: 'the pipeline has no name',
    next: 'add "name: …"',
  });
}

/** Parameters that are paths, by the declaration as it stands. */
export function pathParameters(files: PipelineFiles): string[] {
  const document = parse(files.yaml, { logLevel: 'silent' }) as {
    parameters?: Record<string, { type?: unknown } | null>;
  } | null;
  return Object.entries(document?.parameters ?? {}).flatMap(([name, parameter]) =>
    parameter?.type === 'path' ? [name] : [],
  );
}

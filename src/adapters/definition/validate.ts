/** Reads and parses a pipeline's folder on its own, and looks at its files, with an engine for as long as that takes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Definition } from '../../domain/definition';
import { DaybreakError, type Problem } from '../../domain/failure';
import { type ParameterValue, sqlVariables } from '../../domain/parameters';
import { duckDbEngine } from '../engines/duckdb';
import { type DuckDb, duckDb } from '../engines/duckdb/client';
import { setVariables } from '../engines/duckdb/variables';
import { sourceFolders } from '../sources';
import { type Finding, lookAtSource, type SourceLook } from '../sources/look';
import { type Declaration, parseDeclaration } from './declaration';
import { parsePipeline, type Pipeline, SOME_WINDOW } from './pipeline';
import type { Place } from './positions';
import { DECLARATION, type PipelineFiles, pipelineFolder, readPipeline, readTests } from './read';
import { parseTests } from './tests/parse';

/** What was seen of the data, and where the declaration speaks of it. */
export interface DataFinding extends Finding, Place {
  readonly source: string;
  readonly declared: typeof DECLARATION;
}

export interface Validation {
  /** Absent where there are mistakes. */
  readonly pipeline?: Pipeline;
  /** Tests of its models. */
  readonly tests: number;
  /** The mistakes, as an error that tells them all. */
  readonly failure?: DaybreakError;
  readonly problems: readonly Problem[];
  readonly sources: readonly Omit<SourceLook, 'findings'>[];
  readonly data: readonly DataFinding[];
}

interface Options {
  readonly base: string;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const LOOK_MEMORY_BYTES = 400_000_000;

/** Mappings, conditions and keys are applied where the whole definition is good; else types and columns are all there is. */
async function lookAtData(
  files: PipelineFiles,
  definition: Definition,
  declaration: Declaration,
  pipeline: Pipeline | undefined,
  db: DuckDb,
) {
  const scratch = await mkdtemp(join(tmpdir(), 'daybreak-validate-'));
  try {
    // Databases are looked at by a run and by `daybreak plan`, which may ask them.
    const sources = Object.entries(definition.sources).flatMap(([name, source]) =>
      source.type === 'postgres' ? [] : [[name, source] as const],
    );
    const folders = await Promise.all(sources.map(async ([, source]) => await sourceFolders(source, files.folder)));
    const { zone, currency, parameters: declared } = definition;
    const session = await db.session('look', {
      folders: [scratch, ...new Set(folders.flat())],
      spill: join(scratch, 'spill'),
      memoryBytes: LOOK_MEMORY_BYTES,
      threads: 1,
      zone,
      setup: setVariables(
        sqlVariables({ declared, values: declaration.parameters, window: SOME_WINDOW, zone, currency }),
      ),
    });
    const looks: SourceLook[] = [];
    for (const [name, source] of sources) {
      const mapping = pipeline?.sources[name]?.mapping;
      looks.push(
        await lookAtSource({
          name,
          definition: pipeline === undefined ? { ...source, accept: [], key: undefined } : source,
          folder: files.folder,
          session,
          scratch,
          ...(mapping === undefined ? {} : { mapping }),
        }),
      );
    }
    return looks;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Every mistake that can be known without running, and what the files look like. Fails only where there is no pipeline. */
export async function validatePipeline(folder: string, options: Options): Promise<Validation> {
  const files = await readPipeline(await pipelineFolder(folder, options.base));
  const db = duckDb();
  const engine = duckDbEngine(db);
  try {
    let tests = 0;
    const parse = async () => {
      const pipeline = await parsePipeline(files, engine, options);
      tests = parseTests(await readTests(files), pipeline).reduce((sum, file) => sum + file.tests.length, 0);
      return pipeline;
    };
    const parsed = await parse().catch((error: unknown) => {
      if (error instanceof DaybreakError && error.problems.length > 0) return error;
      throw error;
    });
    const failure = parsed instanceof DaybreakError ? parsed : undefined;
    const good = parsed instanceof DaybreakError ? undefined : parsed;
    const declaration = parseDeclaration(files.yaml, options.parameters, options.environment);
    const { definition } = declaration;
    const looks = definition === undefined ? [] : await lookAtData(files, definition, declaration, good, db);
    return {
      ...(good === undefined ? {} : { pipeline: good }),
      ...(failure === undefined ? {} : { failure }),
      tests,
      problems: failure?.problems ?? [],
      sources: looks.map(({ findings: _, ...look }) => look),
      data: looks.flatMap(({ name, findings }) =>
        findings.map((finding) => ({
          source: name,
          ...finding,
          declared: DECLARATION,
          ...declaration.place(['sources', name, finding.about], true),
        })),
      ),
    };
  } finally {
    await engine.close();
  }
}

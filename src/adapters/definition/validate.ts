/** Reads and parses a pipeline's folder on its own, and looks at its files, with an engine for as long as that takes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DaybreakError, Problem } from '../../domain/failure';
import { type ParameterValue, sqlVariables } from '../../domain/parameters';
import { duckDbEngine } from '../engines/duckdb';
import { type DuckDb, duckDb } from '../engines/duckdb/client';
import { setVariables } from '../engines/duckdb/variables';
import { sourceFolders } from '../sources';
import { type Finding, lookAtSource, type SourceLook } from '../sources/look';
import type { TableFinding } from '../sources/postgres/inspect';
import { badDefinition, type Examined, examinePipeline, type Pipeline, SOME_WINDOW } from './pipeline';
import { lookAtTables, type TableLook, withConnections } from './look-tables';
import type { Place } from './positions';
import { DECLARATION, type PipelineFiles, pipelineFolder, readPipeline, readTests } from './read';
import { notifyWarnings } from './notify';
import { scheduleWarnings } from './schedule';
import { examineTests } from './tests/parse';

/** What was seen of the data, and where the declaration speaks of it. */
export interface DataFinding extends Omit<Finding, 'about'>, Place {
  readonly about: Finding['about'] | TableFinding['about'];
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
  /** What is allowed, and hardly meant. */
  readonly warnings: readonly Problem[];
  readonly sources: readonly Omit<SourceLook, 'findings'>[];
  /** Tables of databases. */
  readonly tables: readonly TableLook[];
  readonly data: readonly DataFinding[];
}

interface Options {
  readonly base: string;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const NO_TESTS = { parsed: [], problems: [] };
const LOOK_MEMORY_BYTES = 400_000_000;

/** Mappings, conditions and keys are applied where the source is good; else types and columns are all there is. */
async function lookAtData(
  files: PipelineFiles,
  { definition, sources: tables }: Pipeline,
  { declaration, problems }: Examined,
  db: DuckDb,
) {
  const scratch = await mkdtemp(join(tmpdir(), 'daybreak-validate-'));
  try {
    const { doubtful } = declaration.leftOut;
    const sources = Object.entries(definition.sources).flatMap(([name, source]) =>
      source.type === 'postgres' || doubtful.has(name) ? [] : [[name, source] as const],
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
      const table = tables[name];
      const isGood = table !== undefined && !problems.some(({ message }) => message.startsWith(`sources.${name}.`));
      looks.push(
        await lookAtSource({
          name,
          definition: isGood ? source : { ...source, accept: [], key: undefined },
          folder: files.folder,
          session,
          scratch,
          ...(isGood && table.mapping !== undefined ? { mapping: table.mapping } : {}),
        }),
      );
    }
    return looks;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Tests that nothing stands in the way of; those of a model that is not there at all among them. */
async function soundTests(files: PipelineFiles, { declaration, pipeline }: Examined) {
  if (pipeline === undefined || declaration.leftOut.parameters.size > 0) return [];
  const unsound = files.models.filter((file) => !pipeline.models.some((model) => model.file === file));
  return (await readTests(files)).filter(({ file }) => !unsound.includes(file.replace(/\.test\.ya?ml$/, '.sql')));
}

/** Every mistake that can be known without running, and what the files look like. Fails only where there is no pipeline. */
export async function validatePipeline(folder: string, options: Options): Promise<Validation> {
  const files = await readPipeline(await pipelineFolder(folder, options.base));
  const db = duckDb();
  const engine = duckDbEngine(db);
  try {
    const environment = withConnections(files.yaml, options.environment);
    const examined = await examinePipeline(files, engine, { ...options, environment });
    const { pipeline, declaration } = examined;
    const tests = pipeline === undefined ? NO_TESTS : examineTests(await soundTests(files, examined), pipeline);
    const problems = [...examined.problems, ...tests.problems];
    const looks = pipeline === undefined ? [] : await lookAtData(files, pipeline, examined, db);
    const { doubtful } = declaration.leftOut;
    const tables =
      pipeline === undefined
        ? { looks: [], findings: [] }
        : await lookAtTables(pipeline.definition, doubtful, options.environment);
    const found = [
      ...looks.flatMap(({ name, findings }) => findings.map((finding) => ({ source: name, ...finding }))),
      ...tables.findings,
    ];
    return {
      ...(pipeline === undefined || problems.length > 0 ? {} : { pipeline }),
      ...(problems.length === 0 ? {} : { failure: badDefinition(problems) }),
      tests: tests.parsed.reduce((sum, file) => sum + file.tests.length, 0),
      problems,
      warnings: [
        ...examined.warnings,
        ...(pipeline === undefined ? [] : scheduleWarnings(pipeline.definition, declaration, new Date())),
        ...notifyWarnings(declaration, options.environment),
      ],
      sources: looks.map(({ findings: _, ...look }) => look),
      tables: tables.looks,
      data: found.map((finding) => ({
        ...finding,
        declared: DECLARATION,
        ...declaration.place(['sources', finding.source, finding.about], true),
      })),
    };
  } finally {
    await engine.close();
  }
}

/** A pipeline's files as something that can be planned: declaration, models, graph; every mistake at once. */
import { type Check, columnList, type Definition, expressionOf } from '../../domain/definition';
import { DaybreakError, formatProblem, type Problem } from '../../domain/failure';
import { CycleError, topologicalOrder } from '../../domain/graph';
import { type ParameterValue, sqlVariables } from '../../domain/parameters';
import type { Column } from '../../domain/receipt';
import type { ReportDefinition } from '../../domain/report';
import type { Window } from '../../domain/run';
import type { Engine } from '../engine';
import { namedChecks, sqlKey, unknownColumns } from './checks';
import { type Declaration, inDeclaration, parseDeclaration } from './declaration';
import { familyProblems, lostColumns } from './families';
import { followedModels, idleIncrements } from './increments';
import { checkNames, doubledColumns, unknownDocs, unknownKeys, unknownSubjects } from './names';
import { inFile } from './positions';
import { DECLARATION, type PipelineFiles } from './read';
import { draftReport, reportProblems } from './report';
import { firstStartOn, scheduleProblems } from './schedule';
import { type Draft, type Model, parseSnippets, parseSql } from './statements';

export interface Pipeline {
  readonly definition: Definition;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** In topological order. */
  readonly models: readonly Model[];
  /** Columns of each source's table, after its mapping. */
  readonly sources: Readonly<
    Record<
      string,
      { readonly columns: readonly Column[]; readonly mapping?: string; readonly variables: readonly string[] }
    >
  >;
  /** Checks on models, with those that a model's key implies. */
  readonly checks: readonly { readonly check: Check; readonly subject: string }[];
  /** What the report of an edition shows, when it is declared. */
  readonly report?: ReportDefinition;
  /** When its schedule starts first on a day; `null` on a day without a start. */
  readonly firstStart: (day: string) => Date | null;
}

/** Any window will do for finding mistakes. */
export const SOME_WINDOW: Window = { from: '2000-01-01', to: '2000-01-02', asOf: '2000-01-02' };

interface Options {
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface Examined {
  readonly declaration: Declaration;
  /** All that is wrong; nothing that only follows from something else. */
  readonly problems: readonly Problem[];
  /** What is allowed, and hardly meant. */
  readonly warnings: readonly Problem[];
  /** What is sound, the whole where nothing is wrong; absent where the declaration says too little. */
  readonly pipeline?: Pipeline;
}

/** Parses and binds a pipeline as far as it can be understood: what has a mistake, and what reads it, is left out. */
export async function examinePipeline(files: PipelineFiles, engine: Engine, options: Options): Promise<Examined> {
  const declaration = parseDeclaration(files.yaml, options.parameters, options.environment);
  const problems = [...declaration.problems];
  const { definition, leftOut } = declaration;
  const broken = new Set(leftOut.tables);
  const { drafts, mappings } = await parseSql(files, engine, declaration, problems, broken);
  const modelNames = drafts.map(({ name }) => name);
  const snippets = await parseSnippets(engine, declaration, modelNames, problems);
  checkNames(drafts, Object.keys(definition?.sources ?? {}), files, declaration, problems, broken);
  problems.push(...doubledColumns(declaration, broken));
  if (definition !== undefined)
    problems.push(...familyProblems(definition, declaration), ...scheduleProblems(definition, declaration));
  const report = await draftReport(files, definition, engine, declaration, drafts, problems);
  const ordered = inOrder(drafts, problems, broken);
  if (definition === undefined) return { declaration, problems, warnings: [] };

  const named = namedChecks(definition, drafts, ordered, declaration, problems).filter(
    ({ path }) => !['expression', 'sql', 'left', 'right'].some((key) => snippets.broken.has([...path, key].join('.'))),
  );
  const variables = sqlVariables({
    declared: definition.parameters,
    values: declaration.parameters,
    window: SOME_WINDOW,
    zone: definition.zone,
    currency: definition.currency,
  });
  const bound = await engine.bind({
    zone: definition.zone,
    variables,
    sources: Object.entries(definition.sources)
      .filter(([name]) => !broken.has(name))
      .map(([name, source]) => {
        const mapping = source.mapping === undefined ? undefined : mappings.get(source.mapping)?.sql;
        const accept = source.accept.map((condition, index) =>
          snippets.broken.has(`sources.${name}.accept.${index}`) ? 'true' : expressionOf(condition),
        );
        return { name, columns: columnList(source), accept, ...(mapping === undefined ? {} : { mapping }) };
      }),
    // The report's queries read tables and are read by nobody.
    models: [...ordered, ...(report?.queries ?? [])],
    checks: named.map(({ check, subject }, index) => ({ id: `check:${index}`, check, subject })),
    broken: [...broken].toSorted(),
  });
  for (const [id, problem] of bound.problems) {
    const model = ordered.find((draft) => draft.name === id);
    const mapping = definition.sources[id]?.mapping;
    const check = id.startsWith('check:') ? named[Number(id.slice(6))] : undefined;
    const [, source = '', condition = ''] = /^accept:(\w+):(\d+)$/.exec(id) ?? [];
    if (model !== undefined) problems.push(inFile(model.file, model.text, problem));
    else if (source !== '')
      problems.push(inDeclaration(declaration, ['sources', source, 'accept', Number(condition)], problem));
    else if (mapping !== undefined) problems.push(inFile(mapping, files.sql[mapping] ?? '', problem));
    else if (check !== undefined) {
      const lacking = unknownColumns(check, bound.columns);
      problems.push(
        ...(lacking.length > 0 ? lacking : [check.at(sqlKey(check.check, problem.message), problem.message)]),
      );
    }
  }
  problems.push(
    ...unknownKeys(definition, bound.columns, declaration),
    ...lostColumns(definition, bound.columns, declaration),
    ...unknownSubjects(definition, declaration),
    ...unknownDocs(ordered, bound.columns),
  );
  if (report !== undefined) problems.push(...reportProblems(report, bound));
  if (problems.length === 0 && !ordered.some(({ header }) => header.publish)) {
    const message = 'models: no model is published; expected "-- publish: true" at the top of at least one';
    problems.push({ file: DECLARATION, message });
  }
  const sources = Object.entries(definition.sources).flatMap(([name, source]) => {
    const columns = bound.columns.get(name);
    if (columns === undefined) return [];
    const mapping = source.mapping === undefined ? undefined : mappings.get(source.mapping)?.sql;
    const mapped = source.mapping === undefined ? [] : (mappings.get(source.mapping)?.variables ?? []);
    const variables = [...new Set([...mapped, ...(snippets.variables.get(name) ?? [])])];
    return [[name, { columns, variables, ...(mapping === undefined ? {} : { mapping }) }] as const];
  });
  const checked = new Set(named.filter(({ source }) => !source).map(({ subject }) => subject));
  const followed = await followedModels(engine, ordered, checked, bound.columns, variables, problems);
  const pipeline: Pipeline = {
    definition,
    parameters: declaration.parameters,
    models: ordered.flatMap(({ text: _, place: __, ...draft }) => {
      const columns = bound.columns.get(draft.name);
      const follows = followed.get(draft.name);
      return columns === undefined
        ? []
        : [{ ...draft, columns, ...(follows === undefined ? {} : { followed: follows }) }];
    }),
    sources: Object.fromEntries(sources),
    checks: named.filter(({ source }) => !source).map(({ check, subject }) => ({ check, subject })),
    ...(report === undefined ? {} : { report: report.definition }),
    firstStart: (day) => firstStartOn(definition, day),
  };
  return { declaration, problems, warnings: idleIncrements(ordered, checked), pipeline };
}

/** A pipeline without mistakes. Fails as `BadDefinition` with every problem as `file:line:column message`. */
export async function parsePipeline(files: PipelineFiles, engine: Engine, options: Options): Promise<Pipeline> {
  const { problems, pipeline } = await examinePipeline(files, engine, options);
  if (pipeline === undefined || problems.length > 0) throw badDefinition(problems);
  return pipeline;
}

const UNSET = /\$\{env:(\w+)\} is not set/;

/** Every mistake in one error. */
export function badDefinition(problems: readonly Problem[], where = 'the pipeline'): DaybreakError {
  // A key is two checks, and both find the same column missing.
  const told = new Map(problems.map((problem) => [formatProblem(problem), problem]));
  const lines = [...told.keys()];
  const unset = new Set(problems.flatMap(({ message }) => UNSET.exec(message)?.[1] ?? []));
  const isWritten = unset.size > 0 && problems.every(({ message }) => UNSET.test(message));
  return new DaybreakError(
    'BadDefinition',
    {
      what: `${lines.length === 1 ? 'one mistake' : `${lines.length} mistakes`} in ${where}\n${lines.map((line) => `  ${line}`).join('\n')}`,
      next: isWritten
        ? `set ${[...unset].join(', ')} here and where the worker starts, and try again`
        : 'correct the files and try again; `daybreak validate` shows what is left',
    },
    { problems: [...told.values()] },
  );
}

/** In topological order; models in a circle, and those of a name that is taken, join the `broken` and are left out. */
function inOrder(drafts: readonly Draft[], problems: Problem[], broken: Set<string>): Draft[] {
  for (;;) {
    try {
      return topologicalOrder(drafts.filter(({ name }) => !broken.has(name)));
    } catch (error) {
      if (!(error instanceof CycleError)) throw error;
      const start = drafts.find(({ name }) => name === error.cycle[0]);
      problems.push({ file: start?.file ?? DECLARATION, line: 1, column: 1, message: error.message });
      for (const name of error.cycle) broken.add(name);
    }
  }
}

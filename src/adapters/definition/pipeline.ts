/** A pipeline's files as something that can be planned: declaration, models, graph; every mistake at once. */
import { type Check, type Definition, expressionOf } from '../../domain/definition';
import { DaybreakError, formatProblem, type Problem } from '../../domain/failure';
import { CycleError, topologicalOrder } from '../../domain/graph';
import { type ParameterValue, sqlVariables } from '../../domain/parameters';
import type { Column } from '../../domain/receipt';
import type { ReportDefinition } from '../../domain/report';
import type { Window } from '../../domain/run';
import type { Engine } from '../engine';
import { namedChecks } from './checks';
import { inDeclaration, parseDeclaration } from './declaration';
import { checkNames, doubledColumns, unknownDocs, unknownKeys, unknownSubjects } from './names';
import { inFile } from './positions';
import { DECLARATION, type PipelineFiles } from './read';
import { draftReport, reportProblems } from './report';
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
}

/** Any window will do for finding mistakes. */
export const SOME_WINDOW: Window = { from: '2000-01-01', to: '2000-01-02', asOf: '2000-01-02' };

/** Parses and binds a pipeline. Fails as `BadDefinition` with every problem as `file:line:column message`. */
export async function parsePipeline(
  files: PipelineFiles,
  engine: Engine,
  options: {
    readonly parameters: Readonly<Record<string, ParameterValue>>;
    readonly environment: Readonly<Record<string, string | undefined>>;
  },
): Promise<Pipeline> {
  const declaration = parseDeclaration(files.yaml, options.parameters, options.environment);
  const problems = [...declaration.problems];
  const { definition } = declaration;
  const sourceNames = Object.keys(definition?.sources ?? {});
  const { drafts, mappings } = await parseSql(files, engine, declaration, problems);
  const accepts = await parseSnippets(
    definition,
    engine,
    declaration,
    drafts.map(({ name }) => name),
    problems,
  );
  checkNames(drafts, sourceNames, files, declaration, problems);
  problems.push(...doubledColumns(declaration));
  const report = await draftReport(files, definition, engine, declaration, drafts, problems);
  const ordered = inOrder(drafts, problems);
  if (definition === undefined || problems.length > 0) throw badDefinition(problems);

  const named = namedChecks(definition, ordered, declaration, problems);
  const bound = await engine.bind({
    zone: definition.zone,
    variables: sqlVariables({
      declared: definition.parameters,
      values: declaration.parameters,
      window: SOME_WINDOW,
      zone: definition.zone,
      currency: definition.currency,
    }),
    sources: Object.entries(definition.sources).map(([name, source]) => {
      const mapping = source.mapping === undefined ? undefined : mappings.get(source.mapping)?.sql;
      const columns = Object.entries(source.columns).map(([column, type]) => ({ name: column, type }));
      return { name, columns, accept: source.accept.map(expressionOf), ...(mapping === undefined ? {} : { mapping }) };
    }),
    // The report's queries read tables and are read by nobody.
    models: [...ordered, ...(report?.queries ?? [])],
    checks: named.map(({ check, subject }, index) => ({ id: `check:${index}`, check, subject })),
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
    else if (check !== undefined)
      problems.push({ file: check.file, ...check.place, message: `${check.path}: ${problem.message}` });
  }
  problems.push(
    ...unknownKeys(definition, bound.columns, declaration),
    ...unknownSubjects(definition, declaration),
    ...unknownDocs(ordered, bound.columns),
  );
  if (report !== undefined) problems.push(...reportProblems(report, bound));
  if (problems.length === 0 && !ordered.some(({ header }) => header.publish)) {
    const message = 'models: no model is published; expected "-- publish: true" at the top of at least one';
    problems.push({ file: DECLARATION, message });
  }
  if (problems.length > 0) throw badDefinition(problems);
  return {
    definition,
    parameters: declaration.parameters,
    models: ordered.map(({ text: _, ...draft }) => ({ ...draft, columns: bound.columns.get(draft.name) ?? [] })),
    sources: Object.fromEntries(
      Object.entries(definition.sources).map(([name, source]) => {
        const mapping = source.mapping === undefined ? undefined : mappings.get(source.mapping)?.sql;
        const mapped = source.mapping === undefined ? [] : (mappings.get(source.mapping)?.variables ?? []);
        const variables = [...new Set([...mapped, ...(accepts.get(name) ?? [])])];
        return [
          name,
          { columns: bound.columns.get(name) ?? [], variables, ...(mapping === undefined ? {} : { mapping }) },
        ];
      }),
    ),
    checks: named.filter(({ source }) => !source).map(({ check, subject }) => ({ check, subject })),
    ...(report === undefined ? {} : { report: report.definition }),
  };
}

/** Every mistake in one error. */
export function badDefinition(problems: readonly Problem[], where = 'the pipeline'): DaybreakError {
  // A key is two checks, and both find the same column missing.
  const told = new Map(problems.map((problem) => [formatProblem(problem), problem]));
  const lines = [...told.keys()];
  return new DaybreakError(
    'BadDefinition',
    {
      what: `${lines.length === 1 ? 'one mistake' : `${lines.length} mistakes`} in ${where}\n${lines.map((line) => `  ${line}`).join('\n')}`,
      next: 'correct the files and try again; `daybreak validate` shows what is left',
    },
    { problems: [...told.values()] },
  );
}

function inOrder(drafts: readonly Draft[], problems: Problem[]): Draft[] {
  try {
    return topologicalOrder(drafts);
  } catch (error) {
    if (!(error instanceof CycleError)) throw error;
    const start = drafts.find(({ name }) => name === error.cycle[0]);
    problems.push({ file: start?.file ?? DECLARATION, line: 1, column: 1, message: error.message });
    return [];
  }
}

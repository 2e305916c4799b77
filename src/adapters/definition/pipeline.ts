/** A pipeline's files as something that can be planned: declaration, models, graph; every mistake at once. */
import { basename } from 'node:path';
import { type Check, type Definition, type ModelHeader, TABLE_NAME } from '../../domain/definition';
import { DaybreakError, formatProblem, type Problem } from '../../domain/failure';
import { CycleError, topologicalOrder } from '../../domain/graph';
import { BUILT_IN_VARIABLES, type ParameterValue, sqlVariables } from '../../domain/parameters';
import type { Column } from '../../domain/receipt';
import type { Window } from '../../domain/run';
import { withoutSemicolon } from '../../domain/sql';
import type { Engine, ParsedSelect, SqlProblem } from '../engine';
import { type Declaration, parseDeclaration } from './declaration';
import { parseHeader } from './header';
import { didYouMean } from './issues';
import { placeInText } from './positions';
import { DECLARATION, type PipelineFiles } from './read';

export interface Model {
  readonly name: string;
  readonly file: string;
  readonly sql: string;
  readonly header: ModelHeader;
  /** Sources and models that it reads. */
  readonly reads: readonly string[];
  /** Variables that its SQL reads. */
  readonly variables: readonly string[];
  readonly columns: readonly Column[];
}

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
}

const inFile = (file: string, text: string, problem: SqlProblem): Problem => ({
  file,
  ...(problem.offset === undefined ? {} : placeInText(text, problem.offset)),
  message: problem.message,
});

/** Any window will do for finding mistakes. */
const SOME_WINDOW: Window = { from: '2000-01-01', to: '2000-01-02', asOf: '2000-01-02' };

interface Draft extends Omit<Model, 'columns'> {
  readonly text: string;
}

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
  const accepts = await parseAccepts(definition, engine, declaration, problems);
  checkNames(drafts, sourceNames, files, declaration, problems);
  problems.push(...doubledColumns(declaration));
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
      return { name, columns, accept: source.accept, ...(mapping === undefined ? {} : { mapping }) };
    }),
    models: ordered,
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
  problems.push(...unknownKeys(definition, bound.columns, declaration), ...unknownDocs(ordered, bound.columns));
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
  };
}

const inDeclaration = (
  declaration: Declaration,
  path: readonly (string | number)[],
  { message }: { readonly message: string },
  atKey = false,
): Problem => ({ file: DECLARATION, ...declaration.place(path, atKey), message: `${path.join('.')}: ${message}` });

/** Parses what rows are accepted by; gives the variables that each source's conditions read. */
async function parseAccepts(
  definition: Definition | undefined,
  engine: Engine,
  declaration: Declaration,
  problems: Problem[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const conditions = Object.entries(definition?.sources ?? {}).flatMap(([name, source]) =>
    source.accept.map((condition, index) => ({ name, index, condition })),
  );
  const parsed = await engine.parse(conditions.map(({ condition }) => `SELECT (${condition}\n) FROM source`));
  const known = [...BUILT_IN_VARIABLES, ...Object.keys(definition?.parameters ?? {})];
  const variables = new Map<string, string[]>();
  conditions.forEach(({ name, index }, at) => {
    const { problem, notRowWise, variables: read } = parsed[at] ?? { variables: [] };
    const mistakes = [
      ...(problem === undefined ? [] : [problem.message]),
      ...(problem !== undefined || notRowWise === undefined
        ? []
        : [notRowWise.message.replace('a mapping is', 'a condition is').replace('; make a staging model of it', '')]),
      ...read
        .filter((variable) => !known.includes(variable.name))
        .map((variable) => `there is no parameter ${variable.name}${didYouMean(variable.name, known)}`),
    ];
    for (const message of mistakes)
      problems.push(inDeclaration(declaration, ['sources', name, 'accept', index], { message }));
    variables.set(name, [...(variables.get(name) ?? []), ...read.map((variable) => variable.name)]);
  });
  return variables;
}

const hasColumn = (columns: readonly Column[], name: string) =>
  columns.some((column) => column.name.toLowerCase() === name.toLowerCase());

/** Columns of a source that SQL cannot tell apart. */
function doubledColumns(declaration: Declaration): Problem[] {
  return Object.entries(declaration.definition?.sources ?? {}).flatMap(([name, { columns }]) => {
    const known = new Map<string, string>();
    return Object.keys(columns).flatMap((column) => {
      const other = known.get(column.toLowerCase());
      known.set(column.toLowerCase(), column);
      if (other === undefined) return [];
      const message = `is ${other} again: SQL does not tell capital letters from small ones`;
      return [inDeclaration(declaration, ['sources', name, 'columns', column], { message }, true)];
    });
  });
}

/** Columns of a source's key that its table does not have. */
function unknownKeys(
  definition: Definition,
  tables: ReadonlyMap<string, readonly Column[]>,
  declaration: Declaration,
): Problem[] {
  return Object.entries(definition.sources).flatMap(([name, { key = [] }]) => {
    const columns = tables.get(name);
    if (columns === undefined) return [];
    const words = columns.map((column) => column.name);
    return key.flatMap((column, index) => {
      if (hasColumn(columns, column)) return [];
      const message = `there is no column ${column}${didYouMean(column, words) || `; expected ${words.join(', ')}`}`;
      return [inDeclaration(declaration, ['sources', name, 'key', index], { message })];
    });
  });
}

/** Columns that a model's header describes and its SELECT does not give. */
function unknownDocs(models: readonly Draft[], tables: ReadonlyMap<string, readonly Column[]>): Problem[] {
  return models.flatMap(({ name, file, text, header }) => {
    const columns = tables.get(name);
    if (columns === undefined) return [];
    const words = columns.map((column) => column.name);
    return Object.keys(header.columns ?? {})
      .filter((column) => !words.includes(column))
      .map((column) => {
        const line = text.split('\n').findIndex((item) => item.startsWith('--') && item.includes(`${column}:`)) + 1;
        const place = line === 0 ? { line: 1, column: 1 } : { line, column: 4 };
        return { file, ...place, message: `columns: there is no column ${column}${didYouMean(column, words)}` };
      });
  });
}

function badDefinition(problems: readonly Problem[]): DaybreakError {
  // A key is two checks, and both find the same column missing.
  const lines = [...new Set(problems.map(formatProblem))];
  return new DaybreakError('BadDefinition', {
    what: `${lines.length === 1 ? 'one mistake' : `${lines.length} mistakes`} in the pipeline\n${lines.map((line) => `  ${line}`).join('\n')}`,
    next: 'correct the files and try again; `daybreak validate` shows what is left',
  });
}

/** Parses headers and SQL of all models and mappings. */
async function parseSql(files: PipelineFiles, engine: Engine, declaration: Declaration, problems: Problem[]) {
  const { definition } = declaration;
  const mappingFiles = Object.entries(definition?.sources ?? {}).flatMap(([name, source]) => {
    if (source.mapping === undefined) return [];
    if (files.sql[source.mapping] !== undefined) return [source.mapping];
    const path = ['sources', name, 'mapping'];
    problems.push({
      file: DECLARATION,
      ...declaration.place(path),
      message: `${path.join('.')}: there is no file ${source.mapping} in the pipeline's folder`,
    });
    return [];
  });
  const wanted = [...files.models, ...new Set(mappingFiles)];
  const parsed = await engine.parse(wanted.map((file) => withoutSemicolon(files.sql[file] ?? '')));
  const mappings = new Map<string, { sql: string; variables: readonly string[] }>();
  const drafts: Draft[] = [];
  wanted.forEach((file, index) => {
    const text = files.sql[file] ?? '';
    const select = parsed[index] ?? { reads: [], variables: [] };
    if (select.problem !== undefined) problems.push(inFile(file, text, select.problem));
    if (definition !== undefined) problems.push(...unknownVariables(file, text, select, definition));
    if (index >= files.models.length) {
      if (select.problem === undefined && select.notRowWise !== undefined)
        problems.push(inFile(file, text, select.notRowWise));
      mappings.set(file, { sql: withoutSemicolon(text), variables: select.variables.map(({ name }) => name) });
      return;
    }
    const { header, problems: headerProblems } = parseHeader(file, text);
    problems.push(...headerProblems);
    drafts.push({
      name: basename(file, '.sql'),
      file,
      text,
      sql: withoutSemicolon(text),
      header,
      reads: [...new Set(select.reads.map(({ name }) => name))],
      variables: [...new Set(select.variables.map(({ name }) => name))].toSorted(),
    });
    if (definition !== undefined && select.problem === undefined)
      problems.push(...unknownTables(file, text, select, files, definition));
  });
  return { drafts, mappings };
}

function unknownVariables(file: string, text: string, select: ParsedSelect, definition: Definition): Problem[] {
  const known = [...BUILT_IN_VARIABLES, ...Object.keys(definition.parameters)];
  return select.variables
    .filter(({ name }) => !known.includes(name))
    .map(({ name, offset }) =>
      inFile(file, text, { message: `there is no parameter ${name}${didYouMean(name, known)}`, offset }),
    );
}

function unknownTables(
  file: string,
  text: string,
  select: ParsedSelect,
  files: PipelineFiles,
  definition: Definition,
): Problem[] {
  const known = [...Object.keys(definition.sources), ...files.models.map((model) => basename(model, '.sql'))];
  return select.reads
    .filter(({ name }) => !known.includes(name))
    .map(({ name, offset }) =>
      inFile(file, text, { message: `there is no table ${name}${didYouMean(name, known)}`, offset }),
    );
}

/** Names that mean something else: the rows that a mapping reads, and what readers ask for the edition's id. */
const RESERVED = ['source', 'edition'];

/** Names are good, and each is used once over sources and models. */
function checkNames(
  drafts: readonly Draft[],
  sources: readonly string[],
  files: PipelineFiles,
  declaration: Declaration,
  problems: Problem[],
): void {
  const first = new Map(sources.map((name) => [name, `the source ${name} in ${DECLARATION}`]));
  for (const { name, file } of drafts) {
    const other = first.get(name);
    if (RESERVED.includes(name)) {
      problems.push({ file, line: 1, column: 1, message: `the name ${name} is taken by daybreak itself` });
    } else if (!TABLE_NAME.test(name)) {
      problems.push({
        file,
        line: 1,
        column: 1,
        message: `the name of a model is made of lower-case letters, digits and _, got ${name}`,
      });
    } else if (other !== undefined) {
      problems.push({ file, line: 1, column: 1, message: `the name ${name} is taken by ${other}` });
    }
    first.set(name, file);
  }
  for (const name of sources.filter((source) => RESERVED.includes(source))) {
    const message = `the name ${name} is taken by daybreak itself`;
    problems.push(inDeclaration(declaration, ['sources', name], { message }, true));
  }
  if (declaration.definition !== undefined && files.models.length === 0) {
    problems.push({ file: DECLARATION, message: 'models: there is no .sql file in the models folder' });
  }
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

/** Every check with its subject and its place; those on a table need one that exists. */
function namedChecks(definition: Definition, models: readonly Draft[], declaration: Declaration, problems: Problem[]) {
  const modelNames = models.map(({ name }) => name);
  const found: {
    check: Check;
    subject: string;
    source: boolean;
    file: string;
    path: string;
    place: { line: number; column: number };
  }[] = [];
  const add = (check: Check, subject: string, source: boolean, path: (string | number)[]) =>
    found.push({ check, subject, source, file: DECLARATION, path: path.join('.'), place: declaration.place(path) });
  for (const [name, source] of Object.entries(definition.sources)) {
    source.checks.forEach((check, index) => add(check, name, true, ['sources', name, 'checks', index]));
  }
  definition.checks.forEach((check, index) => {
    const path = ['checks', index];
    const free = check.type === 'sql' || check.type === 'reconcile';
    if (check.on !== undefined && !modelNames.includes(check.on)) {
      const message = `checks.${index}.on: there is no model ${check.on}${didYouMean(check.on, modelNames)}`;
      problems.push({ file: DECLARATION, ...declaration.place([...path, 'on']), message });
    } else if (check.on === undefined && !free) {
      problems.push({
        file: DECLARATION,
        ...declaration.place(path),
        message: `checks.${index}.on: is missing; expected the model that is checked`,
      });
    } else add(check, check.on ?? 'pipeline', false, path);
  });
  for (const { name, header, file } of models) {
    if (header.key === undefined) continue;
    const place = { line: 1, column: 1 };
    const implied = { columns: header.key, severity: 'error' as const };
    for (const check of [
      { type: 'unique' as const, ...implied },
      { type: 'not_null' as const, max_share: 0, ...implied },
    ]) {
      found.push({ check, subject: name, source: false, file, path: 'key', place });
    }
  }
  return found;
}

/** The SQL of a pipeline, parsed: its models, its mappings, and what rows are accepted by. */
import { basename } from 'node:path';
import { type Check, expressionOf, type ModelHeader } from '../../domain/definition';
import type { Problem } from '../../domain/failure';
import { BUILT_IN_VARIABLES } from '../../domain/parameters';
import type { Followed } from '../../domain/plan';
import type { Column } from '../../domain/receipt';
import { withoutSemicolon } from '../../domain/sql';
import type { Engine, ParsedSelect } from '../engine';
import { type Declaration, inDeclaration } from './declaration';
import { type ParsedHeader, parseHeader } from './header';
import { noSuch } from './issues';
import { inFile } from './positions';
import type { PipelineFiles } from './read';

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
  /** How it follows changes of its inputs, where it is declared to. */
  readonly followed?: Followed;
}

/** A model before it is bound. */
export interface Draft extends Omit<Model, 'columns' | 'followed'> {
  readonly text: string;
  /** Place of a key of its header. */
  readonly place: ParsedHeader['place'];
}

/** Those with a mistake too: what reads one is not wrong for that. */
export const knownVariables = ({ definition, leftOut }: Declaration) => [
  ...BUILT_IN_VARIABLES,
  ...Object.keys(definition?.parameters ?? {}),
  ...leftOut.parameters,
];
export const declaredSources = ({ definition, leftOut }: Declaration) => [
  ...new Set([...Object.keys(definition?.sources ?? {}), ...leftOut.tables]),
];

/** Parses headers and SQL of all models and mappings. Tables whose SQL has a mistake, or reads one, join the `broken`. */
export async function parseSql(
  files: PipelineFiles,
  engine: Engine,
  declaration: Declaration,
  problems: Problem[],
  broken: Set<string>,
) {
  const { definition, leftOut } = declaration;
  const mappingFiles = Object.entries(definition?.sources ?? {}).flatMap(([name, source]) => {
    if (source.mapping === undefined) return [];
    if (files.sql[source.mapping] !== undefined) return [source.mapping];
    const path = ['sources', name, 'mapping'];
    const message = `there is no file ${source.mapping} in the pipeline's folder`;
    broken.add(name);
    problems.push(inDeclaration(declaration, path, { message }));
    return [];
  });
  const wanted = [...files.models, ...new Set(mappingFiles)];
  const parsed = await engine.parse(wanted.map((file) => withoutSemicolon(files.sql[file] ?? '')));
  const variables = knownVariables(declaration);
  const tables = [...declaredSources(declaration), ...files.models.map((model) => basename(model, '.sql'))];
  // Without a declaration nobody can say what is known.
  const unknown = (kind: string, named: ParsedSelect['reads'], known: readonly string[], file: string, text: string) =>
    named
      .filter(({ name }) => definition !== undefined && !known.includes(name))
      .map(({ name, offset }) => inFile(file, text, { message: noSuch(kind, name, known), offset }));
  const mappedBy = (file: string) =>
    Object.entries(definition?.sources ?? {}).flatMap(([name, { mapping }]) => (mapping === file ? [name] : []));
  const mappings = new Map<string, { sql: string; variables: readonly string[] }>();
  const drafts: Draft[] = [];
  wanted.forEach((file, index) => {
    const text = files.sql[file] ?? '';
    const select = parsed[index] ?? { reads: [], variables: [], steady: false };
    const isMapping = index >= files.models.length;
    const mistakes = [
      ...(select.problem === undefined ? [] : [inFile(file, text, select.problem)]),
      ...unknown('parameter', select.variables, variables, file, text),
      ...(!isMapping || select.problem !== undefined || select.notRowWise === undefined
        ? []
        : [inFile(file, text, select.notRowWise)]),
    ];
    const name = basename(file, '.sql');
    const makes = isMapping ? mappedBy(file) : [name];
    if (isMapping)
      mappings.set(file, { sql: withoutSemicolon(text), variables: select.variables.map(({ name }) => name) });
    else {
      const { header, problems: headerProblems, place } = parseHeader(file, text);
      if (select.problem === undefined) mistakes.push(...unknown('table', select.reads, tables, file, text));
      problems.push(...headerProblems);
      drafts.push({
        ...{ name, file, text, header, place },
        sql: withoutSemicolon(text),
        reads: [...new Set(select.reads.map((read) => read.name))],
        variables: [...new Set(select.variables.map((variable) => variable.name))].toSorted(),
      });
    }
    problems.push(...mistakes);
    if (mistakes.length > 0 || select.variables.some((variable) => leftOut.parameters.has(variable.name)))
      for (const table of makes) broken.add(table);
  });
  return { drafts, mappings };
}

/** A piece of SQL in `pipeline.yaml`, and the SELECT that it will stand in. */
interface Snippet {
  readonly path: readonly (string | number)[];
  readonly select: string;
  /** Tables that it may read. */
  readonly tables: readonly string[];
  readonly rowWiseOf?: string;
}

function checkSnippets(
  checks: readonly Check[],
  path: readonly (string | number)[],
  tables: readonly string[],
): Snippet[] {
  return checks.flatMap((check, index): Snippet[] => {
    const at = (key: string, select: string) => ({ path: [...path, index, key], select, tables });
    switch (check.type) {
      case 'sql':
        // Twice: it is counted in parentheses, and shown as it is.
        return [at('sql', check.sql), at('sql', `SELECT count(*) FROM (${check.sql}\n)`)];
      case 'reconcile':
        return (['left', 'right'] as const).map((key) => at(key, `SELECT (${check[key]}\n)`));
      case 'expression':
        return [at('expression', `SELECT (${check.expression}\n)`)];
      default:
        return [];
    }
  });
}

/**
 * Parses the SQL that the declaration itself holds, each piece as the SELECT that it will be run in, so that it can be
 * nothing else. Gives the variables that each source's conditions read, and the paths of pieces that cannot be run.
 */
export async function parseSnippets(
  engine: Engine,
  declaration: Declaration,
  models: readonly string[],
  problems: Problem[],
): Promise<{ variables: ReadonlyMap<string, readonly string[]>; broken: ReadonlySet<string> }> {
  const { definition, leftOut } = declaration;
  const sources = Object.entries(definition?.sources ?? {});
  const sourceNames = declaredSources(declaration);
  const snippets = sources.flatMap(([name, source]) => [
    ...source.accept.map(
      (condition, index): Snippet => ({
        path: ['sources', name, 'accept', index],
        select: `SELECT (${expressionOf(condition)}\n) FROM source`,
        tables: ['source'],
        rowWiseOf: name,
      }),
    ),
    ...checkSnippets(source.checks, ['sources', name, 'checks'], sourceNames),
  ]);
  snippets.push(...checkSnippets(definition?.checks ?? [], ['checks'], [...sourceNames, ...models]));
  const parsed = await engine.parse(snippets.map(({ select }) => select));
  const known = knownVariables(declaration);
  const variables = new Map<string, string[]>();
  const broken = new Set<string>();
  snippets.forEach(({ path, tables, rowWiseOf }, index) => {
    const {
      problem,
      notRowWise,
      reads,
      variables: read,
    } = parsed[index] ?? { reads: [], variables: [], steady: false };
    const unknown = (kind: string, name: string, words: readonly string[]) =>
      words.includes(name) ? [] : [noSuch(kind, name, words)];
    const mistakes =
      problem !== undefined
        ? [problem.message]
        : [
            ...(rowWiseOf === undefined || notRowWise === undefined
              ? []
              : [
                  notRowWise.message
                    .replace('a mapping is', 'a condition is')
                    .replace('; make a staging model of it', ''),
                ]),
            ...(rowWiseOf === undefined ? reads.flatMap(({ name }) => unknown('table', name, tables)) : []),
            ...read.flatMap(({ name }) => unknown('parameter', name, known)),
          ];
    const piece = path.join('.');
    if (mistakes.length > 0 && broken.has(piece)) return;
    for (const message of mistakes) problems.push(inDeclaration(declaration, path, { message }));
    if (mistakes.length > 0 || read.some(({ name }) => leftOut.parameters.has(name))) broken.add(piece);
    if (rowWiseOf !== undefined)
      variables.set(rowWiseOf, [...(variables.get(rowWiseOf) ?? []), ...read.map(({ name }) => name)]);
  });
  return { variables, broken };
}

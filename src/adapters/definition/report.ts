/** The declared report: YAML → what an edition shows, with every mistake at its place, also those of its SQL. */
import type { Definition } from '../../domain/definition';
import type { Problem } from '../../domain/failure';
import {
  type Format,
  isTime,
  placeholders,
  type ReportDefinition,
  reportSchema,
  type SectionDefinition,
} from '../../domain/report';
import type { Column } from '../../domain/receipt';
import { isNumeric, withoutSemicolon } from '../../domain/sql';
import type { BindResult, Engine, SqlProblem } from '../engine';
import { allKeys, type Declaration, inDeclaration } from './declaration';
import { didYouMean, noSuch, placedIssues } from './issues';
import type { PipelineFiles } from './read';
import { type Draft, knownVariables } from './statements';
import { readYaml } from './yaml';

type Path = readonly (string | number)[];

export interface ReportDraft {
  readonly definition: ReportDefinition;
  /** Its SELECTs under names that no table has, to be bound like models. */
  readonly queries: readonly { readonly name: string; readonly path: Path; readonly sql: string }[];
  readonly at: (path: Path, message: string, atKey?: boolean) => Problem;
  /** A mistake at its place within a SELECT. */
  readonly inSql: (path: Path, problem: SqlProblem) => Problem;
}

/** Parses the report that a declaration names; `undefined` when there is none, or none that can be understood. */
export async function draftReport(
  files: PipelineFiles,
  definition: Definition | undefined,
  engine: Engine,
  declaration: Declaration,
  models: readonly Draft[],
  problems: Problem[],
): Promise<ReportDraft | undefined> {
  const wanted = definition?.report;
  if (definition === undefined || wanted === undefined) return undefined;
  if (files.report?.file !== wanted) {
    const message = `there is no file ${wanted} in the pipeline's folder`;
    problems.push(inDeclaration(declaration, ['report'], { message }));
    return undefined;
  }
  const yaml = readYaml(files.report.text);
  for (const mistake of yaml.mistakes)
    problems.push({ file: wanted, ...mistake, message: `not YAML: ${mistake.message}` });
  if (yaml.content === undefined) return undefined;
  const at: ReportDraft['at'] = (path, message, atKey = false) => ({
    file: wanted,
    ...yaml.place(path, atKey),
    message: `${path.join('.') || 'the file'}: ${message}`,
  });
  const inSql: ReportDraft['inSql'] = (path, { message, offset }) => ({
    ...at(path, message),
    ...(offset === undefined ? {} : yaml.placeWithin(path, offset)),
  });
  const parsed = reportSchema.safeParse(yaml.content);
  if (!parsed.success) {
    for (const { path, message, atKey } of placedIssues(parsed.error, yaml.content, allKeys(reportSchema)))
      problems.push(at(path as Path, message, atKey));
    return undefined;
  }
  const { headline, pages } = parsed.data;
  const places: { path: Path; sql: string }[] = [
    ...(headline === undefined ? [] : [{ path: ['headline', 'sql'], sql: headline.sql }]),
    ...pages.flatMap(({ sections }, page) =>
      sections.map(({ sql }, index) => ({ path: ['pages', page, 'sections', index, 'sql'], sql })),
    ),
  ];
  const queries = places.map(({ path, sql }) => ({
    name: `report ${path.join(' ')}`,
    path,
    sql: withoutSemicolon(sql),
  }));
  const published = models.filter(({ header }) => header.publish).map(({ name }) => name);
  const known = knownVariables(declaration);
  const selects = await engine.parse(queries.map(({ sql }) => sql));
  const good = queries.filter(({ path }, index) => {
    const { problem, reads, variables } = selects[index] ?? { reads: [], variables: [] };
    const mistakes: SqlProblem[] =
      problem !== undefined
        ? [problem]
        : [
            ...reads
              .filter(({ name }) => !published.includes(name))
              .map(({ name, offset }) => ({ message: notPublished(name, published, models), offset })),
            ...variables
              .filter(({ name }) => !known.includes(name))
              .map(({ name, offset }) => ({ message: noSuch('parameter', name, known), offset })),
          ];
    // One that is read twice is told once.
    for (const mistake of new Map(mistakes.toReversed().map((each) => [each.message, each])).values())
      problems.push(inSql(path, mistake));
    return mistakes.length === 0;
  });
  return { definition: parsed.data, queries: good, at, inSql };
}

/** Editions hold published tables; a model that is none can become one. */
function notPublished(name: string, published: readonly string[], models: readonly Draft[]): string {
  const model = models.find((draft) => draft.name === name);
  return model === undefined
    ? noSuch('published table', name, published)
    : `${name} is not published, so no edition has it; write "-- publish: true" at the top of ${model.file}`;
}

const NUMBERS: readonly Format[] = ['money', 'share', 'change', 'points', 'number'];

/** Holds what each part of the report needs against the columns that its SELECT gives. */
export function reportProblems({ definition, queries, at, inSql }: ReportDraft, bound: BindResult): Problem[] {
  return queries.flatMap(({ name, path }) => {
    const problem = bound.problems.get(name);
    if (problem !== undefined) return [inSql(path, problem)];
    const columns = bound.columns.get(name);
    if (columns === undefined) return [];
    const here = path.slice(0, -1);
    const [, page, , index] = path;
    const section = typeof page === 'number' ? definition.pages[page]?.sections[Number(index)] : undefined;
    const own =
      section === undefined ? headlineProblems(definition, columns, at) : sectionProblems(section, columns, here, at);
    return own;
  });
}

const missing = (column: string, columns: readonly Column[]) => {
  const words = columns.map(({ name }) => name);
  return `there is no column ${column}${didYouMean(column, words) || `; the SELECT gives ${words.join(', ')}`}`;
};

function formatProblems(
  formats: Readonly<Record<string, Format>>,
  columns: readonly Column[],
  path: Path,
  at: ReportDraft['at'],
): Problem[] {
  return Object.entries(formats).flatMap(([name, format]) => {
    const column = columns.find((each) => each.name === name);
    if (column === undefined) return [at([...path, 'formats', name], missing(name, columns), true)];
    const fits = format === 'day' ? isTime(column.type) : !NUMBERS.includes(format) || isNumeric(column.type);
    const expected = format === 'day' ? 'a day' : 'a number';
    return fits ? [] : [at([...path, 'formats', name], `expected ${expected} for ${format}, got ${column.type}`)];
  });
}

function headlineProblems(
  { headline }: ReportDefinition,
  columns: readonly Column[],
  at: ReportDraft['at'],
): Problem[] {
  if (headline === undefined) return [];
  const unknown = placeholders(headline.text).filter((name) => !columns.some((column) => column.name === name));
  return [
    ...unknown.map((name) => at(['headline', 'text'], missing(name, columns))),
    ...formatProblems(headline.formats, columns, ['headline'], at),
  ];
}

function sectionProblems(
  section: SectionDefinition,
  columns: readonly Column[],
  path: Path,
  at: ReportDraft['at'],
): Problem[] {
  const has = (name: string) => columns.some((column) => column.name === name);
  const inSql = (message: string) => [at([...path, 'sql'], message)];
  const numeric = (first: number, end?: number) =>
    columns
      .slice(first, end)
      .flatMap(({ name, type }) => (isNumeric(type) ? [] : inSql(`expected a number in column ${name}, got ${type}`)));
  switch (section.as) {
    case 'figures':
      return section.figures.flatMap((figure, index) =>
        (['value', 'previous'] as const).flatMap((key) => {
          const name = figure[key];
          return name === undefined || has(name) ? [] : [at([...path, 'figures', index, key], missing(name, columns))];
        }),
      );
    case 'findings':
      return ['severity', 'title']
        .filter((name) => !has(name))
        .flatMap((name) =>
          inSql(`findings need a column ${name}; the SELECT gives ${columns.map((column) => column.name).join(', ')}`),
        );
    case 'line':
      return [
        ...(columns.length < 2
          ? inSql('a line needs two columns or more: what runs along, and the figures')
          : numeric(1)),
        ...formatProblems(section.formats, columns, path, at),
      ];
    case 'bars':
      return [
        ...(columns.length < 2 ? inSql('bars need two columns or more: the name, and the length') : numeric(1, 2)),
        ...formatProblems(section.formats, columns, path, at),
      ];
    case 'matrix':
      return [
        ...(columns.length === 3
          ? numeric(2)
          : inSql(`a matrix needs three columns: row, column and value; the SELECT gives ${columns.length}`)),
        ...formatProblems(section.formats, columns, path, at),
      ];
    case 'table':
      return formatProblems(section.formats, columns, path, at);
  }
}

/** Names that a pipeline gives and uses: of tables, columns, keys and descriptions. */
import { type Definition, TABLE_NAME } from '../../domain/definition';
import type { Problem } from '../../domain/failure';
import type { Column } from '../../domain/receipt';
import { type Declaration, inDeclaration } from './declaration';
import { didYouMean, noSuch } from './issues';
import { DECLARATION, type PipelineFiles } from './read';
import type { Draft } from './statements';

/** Names that mean something else: the rows that a mapping reads, and what readers ask for the edition's id. */
const RESERVED = ['source', 'edition'];

/** Names are good, and each is used once over sources and models; one that is not joins the `broken`. */
export function checkNames(
  drafts: readonly Draft[],
  sources: readonly string[],
  files: PipelineFiles,
  declaration: Declaration,
  problems: Problem[],
  broken: Set<string>,
): void {
  const first = new Map(sources.map((name) => [name, `the source ${name} in ${DECLARATION}`]));
  for (const { name, file } of drafts) {
    const other = first.get(name);
    const message = RESERVED.includes(name)
      ? `the name ${name} is taken by daybreak itself`
      : !TABLE_NAME.test(name)
        ? `the name of a model is made of lower-case letters, digits and _, got ${name}`
        : other !== undefined
          ? `the name ${name} is taken by ${other}`
          : undefined;
    if (message !== undefined) {
      problems.push({ file, line: 1, column: 1, message });
      broken.add(name);
    }
    first.set(name, file);
  }
  for (const name of sources.filter((source) => RESERVED.includes(source))) {
    const message = `the name ${name} is taken by daybreak itself`;
    broken.add(name);
    problems.push(inDeclaration(declaration, ['sources', name], { message }, true));
  }
  const isNamed = !declaration.problems.some(({ message }) => /^models\b/.test(message));
  if (declaration.definition !== undefined && files.models.length === 0 && isNamed) {
    problems.push({ file: DECLARATION, message: 'models: there is no .sql file in the models folder' });
  }
}

const hasColumn = (columns: readonly Column[], name: string) =>
  columns.some((column) => column.name.toLowerCase() === name.toLowerCase());

/** Why a table has no such column; `undefined` where it has, or where nobody knows its columns. */
export function noColumn(name: string, columns: readonly Column[] | undefined, table?: string): string | undefined {
  if (columns === undefined || hasColumn(columns, name)) return undefined;
  const words = columns.map((column) => column.name);
  const where = table === undefined ? '' : ` in ${table}`;
  const pieces = name.split(/,\s*/);
  const guess = pieces.every((piece) => hasColumn(columns, piece))
    ? `; did you mean [${pieces.join(', ')}]?`
    : didYouMean(name, words) || `; expected ${words.join(', ')}`;
  return `there is no column ${name}${where}${guess}`;
}

/** Columns of a source that SQL cannot tell apart; such a source joins the `broken`. */
export function doubledColumns(declaration: Declaration, broken: Set<string>): Problem[] {
  return Object.entries(declaration.definition?.sources ?? {}).flatMap(([name, { columns }]) => {
    const known = new Map<string, string>();
    return Object.keys(columns).flatMap((column) => {
      const other = known.get(column.toLowerCase());
      known.set(column.toLowerCase(), column);
      if (other === undefined) return [];
      broken.add(name);
      const message = `is ${other} again: SQL does not tell capital letters from small ones`;
      return [inDeclaration(declaration, ['sources', name, 'columns', column], { message }, true)];
    });
  });
}

/** Columns of a source's key that its table does not have. */
export function unknownKeys(
  definition: Definition,
  tables: ReadonlyMap<string, readonly Column[]>,
  declaration: Declaration,
): Problem[] {
  return Object.entries(definition.sources).flatMap(([name, { key = [] }]) =>
    key.flatMap((column, index) => {
      const message = noColumn(column, tables.get(name));
      return message === undefined ? [] : [inDeclaration(declaration, ['sources', name, 'key', index], { message })];
    }),
  );
}

/** Columns that a condition's reason shows, and its source does not declare. */
export function unknownSubjects(definition: Definition, declaration: Declaration): Problem[] {
  return Object.entries(definition.sources).flatMap(([name, { accept, columns }]) =>
    accept.flatMap((condition, index) => {
      if (typeof condition === 'string' || Object.hasOwn(columns, condition.column)) return [];
      const message = noSuch('column', condition.column, Object.keys(columns));
      return [inDeclaration(declaration, ['sources', name, 'accept', index, 'column'], { message })];
    }),
  );
}

/** Columns that a model's header describes and its SELECT does not give. */
export function unknownDocs(models: readonly Draft[], tables: ReadonlyMap<string, readonly Column[]>): Problem[] {
  return models.flatMap(({ name, file, header, place }) => {
    const columns = tables.get(name);
    if (columns === undefined) return [];
    const words = columns.map((column) => column.name);
    return Object.keys(header.columns ?? {})
      .filter((column) => !words.includes(column))
      .map((column) => ({
        ...{ file, ...place(['columns', column], true) },
        message: `columns: ${noSuch('column', column, words)}`,
      }));
  });
}

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

/** Names are good, and each is used once over sources and models. */
export function checkNames(
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

const hasColumn = (columns: readonly Column[], name: string) =>
  columns.some((column) => column.name.toLowerCase() === name.toLowerCase());

/** Columns of a source that SQL cannot tell apart. */
export function doubledColumns(declaration: Declaration): Problem[] {
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
export function unknownKeys(
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
  return models.flatMap(({ name, file, text, header }) => {
    const columns = tables.get(name);
    if (columns === undefined) return [];
    const words = columns.map((column) => column.name);
    return Object.keys(header.columns ?? {})
      .filter((column) => !words.includes(column))
      .map((column) => {
        const line = text.split('\n').findIndex((item) => item.startsWith('--') && item.includes(`${column}:`)) + 1;
        const place = line === 0 ? { line: 1, column: 1 } : { line, column: 4 };
        return { file, ...place, message: `columns: ${noSuch('column', column, words)}` };
      });
  });
}

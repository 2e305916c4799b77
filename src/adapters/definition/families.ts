/** Tables of a database that belong to another: what is declared once, and what both must have. */
import type { Definition, PostgresSourceDefinition } from '../../domain/definition';
import type { Problem } from '../../domain/failure';
import type { Column } from '../../domain/receipt';
import { type Declaration, inDeclaration } from './declaration';
import { noSuch } from './issues';

/** What a child takes from its parent. */
const OF_THE_PARENT = ['connection', 'lag', 'lanes'] as const;

function childProblems(
  name: string,
  child: PostgresSourceDefinition,
  definition: Definition,
  declaration: Declaration,
): Problem[] {
  const problem = (key: string, message: string) => inDeclaration(declaration, ['sources', name, key], { message });
  const { parent: parentName = '', parent_key: parentKey } = child;
  const parent = definition.sources[parentName];
  // What is wrong with the parent is told already.
  if (declaration.leftOut.tables.has(parentName)) return [];
  if (parent === undefined || parentName === name) {
    const names = Object.keys(definition.sources).filter((other) => other !== name);
    return [
      problem('parent', parentName === name ? 'a source is no child of itself' : noSuch('source', parentName, names)),
    ];
  }
  if (parent.type !== 'postgres')
    return [problem('parent', `expected a source of type postgres, ${parentName} is ${parent.type}`)];
  if (parent.parent !== undefined)
    return [problem('parent', `expected a source that has no parent itself; ${parentName} has ${parent.parent}`)];
  const key = parent.key ?? [];
  const problems = OF_THE_PARENT.filter((taken) => child[taken] !== undefined).map((taken) =>
    problem(taken, `is that of ${parentName}, in whose transactions ${name} is read; leave it out here`),
  );
  if (parentKey !== undefined && parentKey.length !== key.length)
    problems.push(
      problem(
        'parent_key',
        `expected ${key.length} columns, one for each of the key of ${parentName}: ${key.join(', ')}`,
      ),
    );
  const missing = parentKey === undefined ? key.filter((column) => child.columns[column] === undefined) : [];
  if (missing.length > 0)
    problems.push(
      problem(
        'parent',
        `expected the columns ${missing.join(', ')}, the key of ${parentName}; where they are named differently, declare "parent_key"`,
      ),
    );
  return problems;
}

/** Children without a parent, and what a child may not say. */
export const familyProblems = (definition: Definition, declaration: Declaration): Problem[] =>
  Object.entries(definition.sources).flatMap(([name, source]) =>
    source.type === 'postgres' && source.parent !== undefined
      ? childProblems(name, source, definition, declaration)
      : [],
  );

/** Columns that a mapping must leave as they are: rows are replaced by them. */
export const mergedBy = (definition: Definition, name: string): readonly string[] => {
  const source = definition.sources[name];
  if (source?.type !== 'postgres' || source.parent === undefined) return [];
  const parent = definition.sources[source.parent];
  return source.parent_key ?? parent?.key ?? [];
};

/** Columns that a mapping dropped and that rows are merged by. */
export const lostColumns = (
  definition: Definition,
  tables: ReadonlyMap<string, readonly Column[]>,
  declaration: Declaration,
): Problem[] =>
  Object.keys(definition.sources).flatMap((name) => {
    const columns = tables.get(name);
    if (columns === undefined) return [];
    const lost = mergedBy(definition, name).filter((column) => !columns.some((found) => found.name === column));
    const message = `expected the mapping to keep ${lost.join(', ')}: rows are replaced by the key of their parent`;
    return lost.length === 0 ? [] : [inDeclaration(declaration, ['sources', name, 'mapping'], { message })];
  });

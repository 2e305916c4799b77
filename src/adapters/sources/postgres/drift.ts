/** How tables differ from what is declared about them, before a row is read. */
import { DaybreakError } from '../../../domain/failure';
import type { DatabaseTable } from '../../source';
import { meant } from '../columns';
import { type CatalogColumn, type Relation, shownTable } from './catalog';
import { holds, suggestion } from './types';

/** What is written of a table at most. */
const MOST = 12;

const named = ({ name, type }: CatalogColumn) => `"${name}" ${type}`;

/** The column that a missing one has become: of a similar name, or the only one that could hold its values. */
function renamed(missing: string, type: string, candidates: readonly CatalogColumn[]): CatalogColumn | undefined {
  const fitting = candidates.filter(({ base }) => holds(base, type));
  const near = meant(
    missing,
    fitting.map(({ name }) => name),
  );
  return fitting.find(({ name }) => name === near) ?? (fitting.length === 1 ? fitting[0] : undefined);
}

/** The differences of one table, in words; none when it is as declared. Columns that nobody declared are no difference. */
export function differences(table: DatabaseTable, relation: Relation | undefined): string[] {
  if (relation === undefined) return [`there is no table ${shownTable(table)}`];
  const declared = Object.entries(table.definition.columns);
  let undeclared = [...relation.columns.values()].filter(({ name }) => table.definition.columns[name] === undefined);
  const found: string[] = [];
  for (const [name, type] of declared) {
    const column = relation.columns.get(name);
    if (column !== undefined) {
      if (holds(column.base, type)) continue;
      found.push(`"${name}" is ${column.type}, not ${type}; ${suggestion(column.base)} would hold it`);
      continue;
    }
    const now = renamed(name, type, undeclared);
    undeclared = undeclared.filter((other) => other !== now);
    const guess = now === undefined ? '' : `; ${named(now)} is there that nobody declared: was it renamed?`;
    found.push(`column "${name}" is gone${guess}`);
  }
  if (found.length === 0) return [];
  if (undeclared.length > 0) found.push(`not declared: ${undeclared.map(named).slice(0, MOST).join(', ')}`);
  const more = found.length - MOST;
  return [...found.slice(0, MOST), ...(more > 0 ? [`and ${more} more`] : [])];
}

/** Fails as `SchemaDrifted` with the differences of all tables, a problem each, or gives what they are, in the same order. */
export function asDeclared(
  tables: readonly DatabaseTable[],
  relations: ReadonlyMap<DatabaseTable, Relation>,
): readonly Relation[] {
  const drifted = tables.flatMap((table) => {
    const found = differences(table, relations.get(table));
    return found.length === 0 ? [] : [{ table, found }];
  });
  if (drifted.length > 0) {
    const what = drifted
      .map(({ table, found }) => {
        const name = shownTable(table);
        return found[0]?.startsWith('there is no table') ? found.join('; ') : `${name}: ${found.join('; ')}`;
      })
      .join('\n');
    throw new DaybreakError(
      'SchemaDrifted',
      {
        where: `source ${drifted.map(({ table }) => table.name).join(', ')}`,
        what,
        expected: 'the columns and types that pipeline.yaml declares',
        next: 'change `table` or `columns` in pipeline.yaml when the database is right, else ask its owner to bring them back',
      },
      { problems: drifted.map(({ table, found }) => ({ file: table.name, message: found.join('; ') })) },
    );
  }
  return tables.flatMap((table) => relations.get(table) ?? []);
}

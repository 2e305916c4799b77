/** A look at tables before a run: whether they are as declared, and whether a night could be planned over them. */
import { DaybreakError } from '../../../domain/failure';
import type { DatabaseTable } from '../../source';
import { HIDDEN_ROWS, mayRead, type Relation, relationsOf, shownTable } from './catalog';
import { chunkTables } from './chunk';
import { cutFacts, cutOf } from './cut';
import type { Database } from './database';
import { differences } from './drift';

export interface TableFinding {
  /** Name of the source. */
  readonly source: string;
  /** `error`: a run is stopped by it. `warn`: it may be meant, or pass. */
  readonly severity: 'error' | 'warn';
  readonly about: 'table' | 'columns' | 'connection' | 'cursor';
  readonly message: string;
}

/** Failures that say nothing against the declaration. */
const PASSING: readonly string[] = ['Transient', 'Throttled', 'Exhausted', 'DiskFull'];

/** The first is the parent of the others. Never fails: what goes wrong is a finding. */
export async function inspectTables(database: Database, tables: readonly DatabaseTable[]): Promise<TableFinding[]> {
  const [parent] = tables;
  if (parent === undefined) return [];
  const failed = (about: TableFinding['about'], error: unknown): TableFinding => {
    if (!(error instanceof DaybreakError)) throw error;
    const { what, expected, next } = error.text;
    const severity = PASSING.includes(error.kind) ? 'warn' : 'error';
    // What passes needs nobody to do something now.
    const todo = severity === 'warn' || next === undefined ? [] : [next];
    const more = [...(expected === undefined ? [] : [`expected ${expected}`]), ...todo];
    return { source: parent.name, severity, about, message: [what, ...more].join('; ') };
  };
  let relations: ReadonlyMap<DatabaseTable, Relation>;
  try {
    relations = await relationsOf(database, tables);
  } catch (error) {
    return [failed('connection', error)];
  }
  const drifted = tables.flatMap((table): TableFinding[] => {
    const relation = relations.get(table);
    const about = relation === undefined ? 'table' : 'columns';
    return differences(table, relation).map((message) => ({ source: table.name, severity: 'error', about, message }));
  });
  if (drifted.length > 0) return drifted;
  const found = tables.flatMap((table): TableFinding[] =>
    relations.get(table)?.hidesRows === true
      ? [{ source: table.name, severity: 'warn', about: 'table', message: `${HIDDEN_ROWS.says}; ${HIDDEN_ROWS.next}` }]
      : [],
  );
  try {
    for (const relation of relations.values()) {
      if (await mayRead(database, relation)) continue;
      const message = `its user may not read all that is declared; have the owner GRANT SELECT ON ${shownTable(relation.table)} to it`;
      found.push({ source: relation.table.name, severity: 'error', about: 'table', message });
    }
    chunkTables(tables.flatMap((table) => relations.get(table) ?? []));
    if (tables.some(({ definition }) => definition.cursor !== undefined))
      cutOf(await cutFacts(database, {}), { source: parent.name, since: null, lag: parent.definition.lag });
    return found;
  } catch (error) {
    return [...found, failed('cursor', error)];
  }
}

/** Tables of a database: whether they are there, as declared, ours to read, and indexed as a night needs them. */
import type { DatabaseTable } from '../../adapters/source';
import {
  type Asked,
  HIDDEN_ROWS,
  mayRead,
  type Relation,
  relationsOf,
  shownTable,
} from '../../adapters/sources/postgres/catalog';
import { differences } from '../../adapters/sources/postgres/drift';
import { postgresFailure } from '../../adapters/sources/postgres/failure';
import type { PostgresSourceDefinition } from '../../domain/definition';
import { identifiers } from '../../domain/sql';
import { bad, failed, type Finding, good, warn } from '../finding';

interface Index {
  readonly table: string;
  readonly columns: readonly string[];
}

async function indexesOf(asked: Asked, relations: readonly Relation[]): Promise<Index[]> {
  const oids = relations.flatMap(({ oid }) => oid ?? []);
  if (oids.length === 0) return [];
  const rows = await asked.query(`SELECT i.indrelid::text AS table,
      (SELECT json_agg(a.attname ORDER BY k.n) FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS k(number, n)
        JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number) AS columns
    FROM pg_index AS i WHERE i.indrelid IN (${oids.join(', ')}) AND i.indisvalid AND i.indpred IS NULL`);
  return rows.map(({ table, columns }) => ({ table: table ?? '', columns: JSON.parse(columns ?? '[]') as string[] }));
}

/** Columns that an index should begin with, and what it costs where none does. */
function wantedIndexes({ definition }: DatabaseTable, parentKey: readonly string[]): [readonly string[], string][] {
  const { key = [], cursor, parent } = definition;
  return [
    parent === undefined
      ? [key, 'the key: each part sorts the whole table']
      : [parentKey, "its parent's key: each part reads the whole table"],
    ...(cursor === undefined
      ? []
      : [[[cursor], 'the cursor: each night reads the whole table to find what changed'] as [string[], string]]),
  ];
}

function indexFindings(relation: Relation, indexes: readonly Index[], parentKey: readonly string[]): Finding[] {
  const { table, kind, oid } = relation;
  if (!['table', 'partitioned', 'materialized view'].includes(kind)) return [];
  const own = indexes.filter((index) => index.table === oid).map(({ columns }) => columns);
  return wantedIndexes(table, parentKey)
    .filter(([wanted]) => !own.some((columns) => wanted.every((name, at) => columns[at] === name)))
    .map(([wanted, cost]) =>
      warn(
        'index',
        `${shownTable(table)}: none begins with ${wanted.join(', ')}, ${cost}`,
        `CREATE INDEX CONCURRENTLY ON ${shownTable(table)} (${identifiers(wanted)})`,
      ),
    );
}

/** Each table: whether it is there, as declared, ours to read, and indexed. */
export async function tableFindings(asked: Asked, tables: readonly DatabaseTable[], user: string): Promise<Finding[]> {
  const parentKeys = (definition: PostgresSourceDefinition) =>
    definition.parent_key ?? tables.find(({ name }) => name === definition.parent)?.definition.key ?? [];
  const findings: Finding[] = [];
  for (const table of tables) {
    const shown = shownTable(table);
    try {
      const relation = (await relationsOf(asked, [table])).get(table);
      const found = differences(table, relation);
      if (relation === undefined || found.length > 0) {
        const next = 'change pipeline.yaml when the database is right, else ask its owner to bring them back';
        findings.push(bad('table', relation === undefined ? found.join('; ') : `${shown}: ${found.join('; ')}`, next));
        continue;
      }
      if (!(await mayRead(asked, relation))) {
        findings.push(bad('grants', `${shown}: ${user} may not read it`, `GRANT SELECT ON ${shown} TO "${user}"`));
        continue;
      }
      const slow = indexFindings(relation, await indexesOf(asked, [relation]), parentKeys(table.definition));
      const { cursor, parent } = table.definition;
      const all = cursor === undefined && parent === undefined ? '; without a cursor every night reads all of it' : '';
      findings.push(good('table', `${shown}: as declared, and ours to read${all}`), ...slow);
      if (relation.hidesRows) findings.push(warn('rows', `${shown}: ${HIDDEN_ROWS.says}`, HIDDEN_ROWS.next));
    } catch (error) {
      findings.push(failed('table', postgresFailure(error, shown)));
    }
  }
  return findings;
}

/** What a chunk of a source asks the database for. Every table is called `t`. */
import { DaybreakError } from '../../../domain/failure';
import { identifier, literal } from '../../../domain/sql';
import type { DatabaseTable, KeyRange } from '../../source';
import { type Relation, shownTable } from './catalog';
import { asText, inside, type Key, keyIn, keyRow, unkeyed, within } from './keys';
import { type RowColumn, type RowForm, sentColumns } from './rows';

export interface ChunkTable {
  readonly relation: Relation;
  /** The parent's key, as this table has it. */
  readonly key: Key;
  readonly form: RowForm;
}

/** A parent with its children. */
export type ChunkTables = readonly [ChunkTable, ...ChunkTable[]];

/** A range of keys, of which all or only what changed since is wanted. */
export interface Wanted {
  readonly range: KeyRange;
  readonly since: string | null;
}

const CURSOR = /^timestamp(\(\d\))? with(out)? time zone$/;

/** Columns of a table that hold the key of its parent, which may be itself. */
export const parentKey = ({ definition }: DatabaseTable, parent: DatabaseTable): readonly string[] =>
  definition.parent_key ?? parent.definition.key ?? [];

function formOf(table: DatabaseTable, relation: Relation, parent: DatabaseTable): RowForm {
  const { key = [], soft_delete, accept, columns } = table.definition;
  const refers = table === parent ? [] : parentKey(table, parent);
  return {
    name: table.name,
    where: shownTable(table),
    columns: Object.entries(columns).map(([name, declared]) => ({
      name,
      declared,
      type: relation.columns.get(name)?.base ?? '',
    })),
    key,
    needed: [...new Set([...key, ...refers])],
    softDelete: soft_delete,
    accept,
    mapping: table.mapping,
  };
}

/** A cursor is compared with a time of the database. */
function checkCursor({ table, columns }: Relation): void {
  const { cursor } = table.definition;
  if (cursor === undefined) return;
  const { type, base } = columns.get(cursor) ?? { type: '', base: '' };
  if (CURSOR.test(base)) return;
  throw new DaybreakError('NotAsDeclared', {
    where: `source ${table.name}`,
    what: `the cursor "${cursor}" of ${shownTable(table)} is ${type}, which does not say when a row was written`,
    expected: 'a timestamp with time zone, or one without that is in UTC',
    next: 'declare another column as `cursor`, or none: then every night reads all',
  });
}

/** The relations come as the tables do: the parent first. */
export function chunkTables(relations: readonly Relation[]): ChunkTables {
  const [first] = relations;
  if (first === undefined) throw new DaybreakError('Bug', { what: 'a database source without a table' });
  const made = relations.map((relation): ChunkTable => {
    checkCursor(relation);
    const { table } = relation;
    const columns = relation === first ? (table.definition.key ?? []) : parentKey(table, first.table);
    return { relation, key: keyIn(relation, first, columns), form: formOf(table, relation, first.table) };
  });
  return made as unknown as ChunkTables;
}

/** Rows that were written at or after; also those without a time, of which nothing is known. `undefined` without a cursor. */
export function writtenSince({ relation }: ChunkTable, since: string): string | undefined {
  const { cursor } = relation.table.definition;
  if (cursor === undefined) return undefined;
  const { base, notNull } = relation.columns.get(cursor) ?? { base: '', notNull: false };
  const sql = `t.${identifier(cursor)}`;
  const time = `${literal(since)}::timestamptz`;
  const written = `${sql} >= ${base.includes('without') ? `(${time} AT TIME ZONE 'UTC')` : time}`;
  return notNull ? written : `(${written} OR ${sql} IS NULL)`;
}

/** Keys of parents that changed, or of which a child did. */
function changedKeys(tables: ChunkTables, range: KeyRange, since: string): string {
  return tables
    .flatMap((table) => {
      const written = writtenSince(table, since);
      const { key, relation } = table;
      const columns = key.sql.map((column, index) => `${column} AS k${index}`).join(', ');
      if (written === undefined) return [];
      return [`SELECT ${columns} FROM ${relation.from} WHERE ${inside(key, range)} AND ${written}`];
    })
    .join(' UNION ');
}

const names = ({ sql }: Key) => sql.map((_, index) => `k${index}`).join(', ');

/** The `records`-th key of the range and the one after it; with fewer keys, fewer. */
export function endSql(tables: ChunkTables, { range, since }: Wanted, records: number): string {
  const [{ relation, key }] = tables;
  const sorted = `OFFSET ${records - 1} LIMIT 2`;
  if (since === null) {
    return `SELECT ${asText(key)} FROM ${relation.from} WHERE ${inside(key, range)} ORDER BY ${key.sql.join(', ')} ${sorted}`;
  }
  const text = asText({ ...key, sql: key.sql.map((_, index) => `changed.k${index}`) });
  const order = key.sql.map((_, index) => `changed.k${index}`).join(', ');
  return `SELECT ${text} FROM (${changedKeys(tables, range, since)}) AS changed ORDER BY ${order} ${sorted}`;
}

/** Rows of a table in the range, as they are sent. */
export function rowsSql(tables: ChunkTables, table: ChunkTable, { range, since }: Wanted): string {
  const { relation, key, form } = table;
  const select = `SELECT ${sentColumns(form.columns)} FROM ${relation.from} WHERE`;
  if (since === null) return `${select} ${within(key, range)}`;
  const own = writtenSince(table, since);
  const [parent] = tables;
  const alone =
    table === parent && tables.every((other) => other === table || writtenSince(other, since) === undefined);
  if (alone) return `${select} ${within(key, range)} AND ${own}`;
  const changed = `${select} ${inside(key, range)} AND ${keyRow(key)} IN (SELECT ${names(key)} FROM (${changedKeys(tables, range, since)}) AS changed)`;
  const without = unkeyed(key, range);
  return without === undefined || own === undefined ? changed : `${changed} UNION ALL ${select} ${without} AND ${own}`;
}

/** Columns of a table that hold the parent's key. */
export const keyColumns = ({ form, key }: ChunkTable): RowColumn[] =>
  form.columns.filter(({ name }) => key.columns.includes(name));

/** Keys of all parents that changed, under the names that this table has for them. */
export function touchedSql(tables: ChunkTables, table: ChunkTable, range: KeyRange, since: string): string {
  const named = table.key.columns.map((name, index) => `k${index} AS ${identifier(name)}`).join(', ');
  const changed = `SELECT ${named} FROM (${changedKeys(tables, range, since)}) AS changed`;
  return `SELECT ${sentColumns(keyColumns(table))} FROM (${changed}) AS t`;
}

/** Rows that a column says are deleted are none. */
export function countSql({ relation, key, form }: ChunkTable, range: KeyRange): string {
  const { softDelete } = form;
  const isBoolean = relation.columns.get(softDelete ?? '')?.base === 'boolean';
  const left = softDelete === undefined ? '' : ` AND t.${identifier(softDelete)} IS ${isBoolean ? 'NOT TRUE' : 'NULL'}`;
  return `SELECT count(*) AS counted FROM ${relation.from} WHERE ${within(key, range)}${left}`;
}

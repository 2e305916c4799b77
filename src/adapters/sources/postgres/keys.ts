/** Comparing keys, always done by Postgres: in its order, with its types, along its indexes. */
import { DaybreakError } from '../../../domain/failure';
import { identifier, literal } from '../../../domain/sql';
import type { KeyBound, KeyRange } from '../../source';
import { type Relation, shownTable } from './catalog';

/** The key of the parent in one of the tables, called `t`. */
export interface Key {
  readonly columns: readonly string[];
  /** Each as SQL that compares as the parent's key does. */
  readonly sql: readonly string[];
  /** The parent's types, as SQL. */
  readonly types: readonly string[];
  /** Columns that may be NULL, as SQL. */
  readonly nullable: readonly string[];
}

const TEXT = /^(text|character varying(\(\d+\))?|name)$/;
const NUMBER = /^(smallint|integer|bigint|numeric(\(.*\))?)$/;

/** What sorts alike: texts of a collation, numbers, or values of the same type. */
const family = (base: string): string =>
  TEXT.test(base) ? 'text' : NUMBER.test(base) ? 'number' : base.replace(/\(.*\)/, '');

const isSorted = (base: string) => TEXT.test(base) || base.startsWith('character');

/** The parent's key in a table: its own, or what refers to it. */
export function keyIn(relation: Relation, parent: Relation, columns: readonly string[]): Key {
  const key = parent.table.definition.key ?? [];
  const byBytes = relation.kind === 'query' || parent.kind === 'query';
  const own = columns.map((name, index) => {
    const column = relation.columns.get(name);
    const of = parent.columns.get(key[index] ?? '');
    if (column === undefined || of === undefined || family(column.base) !== family(of.base)) {
      throw new DaybreakError('NotAsDeclared', {
        where: `source ${relation.table.name}`,
        what: `"${name}" of ${shownTable(relation.table)} is ${column?.type ?? 'not there'}, the key ${of?.name} of ${shownTable(parent.table)} is ${of?.type}`,
        expected: 'the same type',
        next: 'correct `parent_key`, or read a `query` that casts it',
      });
    }
    const plain = `t.${identifier(name)}`;
    if (!isSorted(of.base)) return { plain, sql: plain, type: of.base, nullable: !column.notNull };
    const collation = byBytes ? '"C"' : column.collation === of.collation ? null : of.collation;
    const sql = collation === null ? plain : `${plain} COLLATE ${collation}`;
    return { plain, sql, type: of.base, nullable: !column.notNull };
  });
  return {
    columns,
    sql: own.map(({ sql }) => sql),
    types: own.map(({ type }) => type),
    nullable: own.flatMap(({ plain, nullable }) => (nullable ? [plain] : [])),
  };
}

const row = (values: readonly string[]) => (values.length === 1 ? (values[0] ?? '') : `(${values.join(', ')})`);
export const keyRow = ({ sql }: Key): string => row(sql);

const compare = (key: Key, operator: string, bound: KeyBound): string[] =>
  bound === null
    ? []
    : [`${keyRow(key)} ${operator} ${row(bound.map((text, index) => `${literal(text)}::${key.types[index]}`))}`];

const all = (conditions: readonly string[]) => (conditions.length === 0 ? 'true' : conditions.join(' AND '));

/** Keys in the range; of those that are partly NULL, none. */
export const inside = (key: Key, { from, to }: KeyRange): string =>
  all([
    ...compare(key, '>', from),
    ...compare(key, '<=', to),
    ...key.nullable.map((column) => `${column} IS NOT NULL`),
  ]);

/** Keys that are partly NULL: they belong to the range that ends last. */
export const unkeyed = (key: Key, { to }: KeyRange): string | undefined =>
  to === null && key.nullable.length > 0
    ? `(${key.nullable.map((column) => `${column} IS NULL`).join(' OR ')})`
    : undefined;

/** Every row that belongs to the range. */
export function within(key: Key, range: KeyRange): string {
  const without = unkeyed(key, range);
  return without === undefined ? inside(key, range) : `(${inside(key, range)} OR ${without})`;
}

/** A key as text, one column after the other. */
export const asText = ({ sql }: Key): string => sql.map((column, index) => `(${column})::text AS k${index}`).join(', ');
export const boundOf = (found: Readonly<Record<string, string | null>>, { sql }: Key): string[] =>
  sql.map((_, index) => found[`k${index}`] ?? '');

/** How tables are best read, by what their catalogue says: keys, cursors, which belong to another, and checks. */
import { suggestion } from '../../adapters/sources/postgres/types';
import { tableName } from '../given';
import type { CheckDraft } from '../draft';
import { type FoundColumn, type FoundTable, fullName } from './catalog';

export interface Proposal {
  readonly table: FoundTable;
  /** Name of the source. */
  readonly name: string;
  readonly key: readonly string[];
  readonly cursor?: { readonly column: string; readonly indexed: boolean; readonly utc: boolean };
  /** A column that may say that a row is deleted. */
  readonly softDelete?: string;
  /** Read with another source. */
  readonly parent?: { readonly name: string; readonly columns: readonly string[]; readonly sameNames: boolean };
  readonly columns: readonly ProposedColumn[];
  readonly checks: readonly CheckDraft[];
}

export interface ProposedColumn {
  readonly name: string;
  readonly declared: string;
  readonly type: string;
  readonly guess?: string;
}

export interface LeftOut {
  readonly table: string;
  readonly why: string;
}

const CHANGED = /(^|_)(updated|modified|changed|last_update|last_change|mtime)(_|$)/;
const DELETED = /^(deleted|is_deleted|deleted_(at|on|time)|removed_at)$/;
const TEXT = /^(text|character( varying)?(\(\d+\))?|name|uuid|citext)$/;
const TIME = /^timestamp(\(\d\))? with(out)? time zone$/;
const ANY = /^CHECK \(\(*"?(\w+)"?\)?(?:::text)? = ANY \(+ARRAY\[(.*?)\]\)?(?:::text\[\])?\)+$/;

const isSame = (left: readonly string[], right: readonly string[]) =>
  left.length === right.length && left.every((name, index) => name === right[index]);
const begins = (all: readonly string[], first: readonly string[]) => isSame(all.slice(0, first.length), first);

/** The primary key, else what is as good. */
export function keyOf({ indexes, columns }: FoundTable): readonly string[] | undefined {
  const full = new Set(columns.filter(({ notNull }) => notNull).map(({ name }) => name));
  const good = indexes.filter(({ unique, columns: names }) => unique && names.every((name) => full.has(name)));
  return (good.find(({ primary }) => primary) ?? good[0])?.columns;
}

function cursorOf({ columns, indexes }: FoundTable): Proposal['cursor'] {
  const found = columns
    .filter(({ name, base, notNull }) => notNull && TIME.test(base) && CHANGED.test(name))
    .map(({ name, base }) => ({
      column: name,
      indexed: indexes.some((index) => index.columns[0] === name),
      utc: base.includes('without'),
    }));
  return found.find(({ indexed }) => indexed) ?? found[0];
}

function columnOf({ name, type, base }: FoundColumn): ProposedColumn {
  const declared = suggestion(base);
  const open =
    base === 'numeric'
      ? 'numeric without a limit in the database; a value with more decimals than declared is set aside'
      : undefined;
  const text = declared === 'VARCHAR' && !TEXT.test(base) ? `${type} as text` : undefined;
  const guess = open ?? text;
  return { name, declared, type, ...(guess === undefined ? {} : { guess }) };
}

/** `'paid'::text, 'sent'::text` → `paid`, `sent`; nothing where it is something else. */
function valuesOf(list: string): string[] | undefined {
  const values = [...list.matchAll(/'((?:[^']|'')*)'::(?:text|character varying)(?:, |$)/g)];
  const whole = values.map(([text]) => text).join('') === list;
  return whole && values.length > 0 ? values.map(([, value = '']) => value.replaceAll("''", "'")) : undefined;
}

function acceptedValues({ columns, checks }: FoundTable): CheckDraft[] {
  const enums = columns.flatMap(({ name, labels }) => (labels === null ? [] : [{ column: name, values: [...labels] }]));
  const listed = checks.flatMap((definition) => {
    const [, column = '', list = ''] = ANY.exec(definition) ?? [];
    const values = valuesOf(list);
    return values === undefined ? [] : [{ column, values }];
  });
  return [...enums, ...listed].map((accepted) => ({ check: { type: 'accepted_values', ...accepted } }));
}

/** A table whose key begins with the key of the one that it refers to. */
function parentOf(table: FoundTable, key: readonly string[], others: ReadonlyMap<string, { key: readonly string[] }>) {
  return table.foreignKeys.find(({ to, columns, toColumns }) => {
    const other = others.get(to);
    return to !== table.oid && other !== undefined && isSame(toColumns, other.key) && begins(key, columns);
  });
}

/** What each table would be declared as; parents come before their children. */
export function propose(tables: readonly FoundTable[]): { proposals: Proposal[]; leftOut: LeftOut[] } {
  const leftOut: LeftOut[] = [];
  const usable = new Map<string, { table: FoundTable; key: readonly string[]; name: string }>();
  const taken = new Set<string>();
  for (const table of tables) {
    const key = keyOf(table);
    const why = !table.readable
      ? 'we may not read it: GRANT SELECT'
      : /\./.test(table.schema + table.name)
        ? 'its name has a dot; read it by a `query`'
        : key === undefined
          ? 'it has no primary key, nor a unique index of columns that are NOT NULL'
          : undefined;
    if (why !== undefined || key === undefined) {
      leftOut.push({ table: fullName(table), why: why ?? '' });
      continue;
    }
    const name = tableName(table.name, taken);
    taken.add(name);
    usable.set(table.oid, { table, key, name });
  }
  const parents = new Map([...usable].map(([oid, { table, key }]) => [oid, parentOf(table, key, usable)]));
  const proposals = [...usable].map(([oid, { table, key, name }]): Proposal => {
    const own = parents.get(oid);
    // A child has no children.
    const parent = own === undefined || parents.get(own.to) !== undefined ? undefined : own;
    const parentName = parent === undefined ? undefined : usable.get(parent.to);
    const cursor = cursorOf(table);
    const softDelete = table.columns.find((column) => DELETED.test(column.name));
    const full = table.columns.filter((column) => column.notNull && !key.includes(column.name));
    const references = table.foreignKeys.flatMap(({ to, columns, toColumns }): CheckDraft[] => {
      const other = usable.get(to);
      if (other === undefined || to === oid) return [];
      const inOne = other.name === parentName?.name;
      return [
        {
          check: {
            ...{ type: 'references', columns: [...columns], to: other.name },
            ...(isSame(columns, toColumns) ? {} : { to_columns: [...toColumns] }),
            ...(inOne ? {} : { severity: 'warn' }),
          },
          ...(inOne
            ? {}
            : { guess: `a foreign key; but ${other.name} is read moments apart, and the shop goes on selling` }),
        },
      ];
    });
    return {
      ...{ table, name, key },
      ...(cursor === undefined ? {} : { cursor }),
      ...(softDelete === undefined ? {} : { softDelete: softDelete.name }),
      ...(parent === undefined || parentName === undefined
        ? {}
        : {
            parent: {
              name: parentName.name,
              columns: parent.columns,
              sameNames: isSame(parent.columns, parentName.key),
            },
          }),
      columns: table.columns.map(columnOf),
      checks: [
        ...((table.rows ?? 0) > 0 ? [{ check: { type: 'row_count' as const, min: 1 } }] : []),
        { check: { type: 'unique', columns: [...key] } },
        ...(full.length === 0
          ? []
          : [{ check: { type: 'not_null' as const, columns: full.map((column) => column.name) } }]),
        ...references,
        ...acceptedValues(table),
      ],
    };
  });
  const roots = proposals.filter(({ parent }) => parent === undefined);
  return {
    proposals: roots.flatMap((root) => [root, ...proposals.filter(({ parent }) => parent?.name === root.name)]),
    leftOut,
  };
}

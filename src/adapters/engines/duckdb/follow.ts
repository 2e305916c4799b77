/** How a SELECT follows changes of its tables, tried on empty ones. */
import type { Followed } from '../../../domain/plan';
import { changedName, identifier, literal } from '../../../domain/sql';
import type { FollowRequest, SqlProblem } from '../../engine';
import type { Session } from './client';
import { type Functions, followKey, selectIn } from './keyed';
import { emptyRows } from './variables';

/** Types whose equal values are equal keys: whole numbers among themselves, others with their like. */
const kindOf = (type: string): string => (/^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/.test(type) ? 'whole number' : type);

/** A key of another type would be compared by values that are not the same. */
function typesOfKey({ key, tables }: FollowRequest, keyed: readonly string[]): SqlProblem | undefined {
  for (const column of key) {
    const found = keyed.map((name) => ({
      name,
      type: tables.get(name)?.find((one) => one.name.toLowerCase() === column.toLowerCase())?.type ?? '',
    }));
    const [first] = found;
    const other = found.find(({ type }) => kindOf(type) !== kindOf(first?.type ?? ''));
    if (first !== undefined && other !== undefined)
      return {
        message: `${column} is ${first.type} in ${first.name} and ${other.type} in ${other.name}; expected one type in all tables that have it`,
      };
  }
  return undefined;
}

async function isBound(session: Session, sql: string): Promise<boolean> {
  return await session.query(`EXPLAIN ${sql}`).then(
    () => true,
    () => false,
  );
}

export async function follow(
  session: Session,
  request: FollowRequest,
  functions: Functions,
): Promise<{ readonly problem: SqlProblem } | Omit<Followed, 'key' | 'sql'>> {
  const { sql, key, tables } = request;
  const names = new Map([...tables].map(([table, columns]) => [table, columns.map(({ name }) => name)]));
  const answer = await session.query(`SELECT json_serialize_sql(${literal(sql)}) AS tree`);
  const { problem, keyed, lookups, opaque, used } = followKey(
    selectIn(String(answer.rows[0]?.tree)),
    key,
    names,
    functions,
  );
  const mistake = problem ?? typesOfKey(request, keyed);
  if (mistake !== undefined) return { problem: mistake };
  const empty = [...tables].flatMap(([name, columns]) => [
    [name, columns] as const,
    [changedName(name), columns.filter((column) => used.get(name)?.includes(column.name))] as const,
  ]);
  for (const [name, columns] of lookups.length === 0 ? [] : empty)
    await session.query(`CREATE OR REPLACE VIEW ${identifier(name)} AS ${emptyRows(columns)}`);
  const sure = [];
  const all = new Set(opaque);
  for (const { table, keys } of lookups) {
    const tree = JSON.stringify({ error: false, statements: [{ node: keys }] });
    const { rows } = await session.query(`SELECT json_deserialize_sql(${literal(tree)}) AS sql`);
    const reached = String(rows[0]?.sql);
    // A join that reads from one that was left out, for example.
    if (await isBound(session, reached)) sure.push({ table, sql: reached });
    else all.add(table);
  }
  return { keyed, lookups: sure, opaque: [...all], used: Object.fromEntries(used) };
}

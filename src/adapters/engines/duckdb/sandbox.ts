/** Models over rows that are written down: each trial in a transaction that is rolled back. */
import { DaybreakError } from '../../../domain/failure';
import type { Written } from '../../../domain/model-tests';
import type { TypedValue } from '../../../domain/plan';
import { identifier, identifiers, literal } from '../../../domain/sql';
import type { Sandbox, WrittenTable } from '../../engine';
import { sqlProblem } from './bind';
import type { Session } from './client';
import { emptyRows, setVariables } from './variables';

/** A model over a few rows takes milliseconds; one that takes this long never ends. */
const DEADLINE_MS = 60_000;
/** A name that no column should have. */
const ORDER = 'as written';

const valueSql = (value: Written): string => {
  if (value === null) return 'NULL';
  return typeof value === 'string' ? literal(value) : `[${value.map(valueSql).join(', ')}]`;
};

/** A SELECT of the rows in their order, each value cast to its column's type. */
function rowsSql({ columns, rows }: WrittenTable): string {
  if (rows.length === 0) return emptyRows(columns);
  const names = columns.map(({ name }) => name);
  const tuples = rows.map((row, index) => `(${index}, ${names.map((name) => valueSql(row[name] ?? null)).join(', ')})`);
  const casts = columns.map(({ name, type }) => `CAST(${identifier(name)} AS ${type}) AS ${identifier(name)}`);
  return `SELECT ${casts.join(', ')} FROM (VALUES ${tuples.join(', ')}) AS written(${identifiers([ORDER, ...names])}) ORDER BY ${identifier(ORDER)}`;
}

/** Says which table or model it is that cannot be made. */
async function making<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof DaybreakError) || error.kind !== 'ModelFailed') throw error;
    const { message } = sqlProblem(error, 0);
    throw new DaybreakError('ModelFailed', { where: name, what: message }, { cause: error });
  }
}

export function openSandbox(session: Session): Sandbox {
  const query = async (sql: string) => await session.query(sql, { deadlineMs: DEADLINE_MS });
  /** Variables of the session: most trials have those of the one before. */
  let known: Readonly<Record<string, TypedValue>> = {};
  function variablesSql(wanted: typeof known): string[] {
    const isKnown = (name: string) => JSON.stringify(known[name]) === JSON.stringify(wanted[name]);
    const changed = Object.entries(wanted).filter(([name]) => !isKnown(name));
    const gone = Object.keys(known).filter((name) => wanted[name] === undefined);
    return [...setVariables(Object.fromEntries(changed)), ...gone.map((name) => `RESET VARIABLE ${identifier(name)}`)];
  }
  return {
    async compute({ variables, tables, models }) {
      const sets = variablesSql(variables);
      if (sets.length > 0) await query(sets.join('; '));
      known = variables;
      const views = tables.map((table) => `CREATE VIEW ${identifier(table.name)} AS ${rowsSql(table)}`);
      try {
        await query(['BEGIN', ...views].join('; '));
        for (const { name, sql } of models.slice(0, -1))
          await making(name, query(`CREATE TABLE ${identifier(name)} AS ${sql}`));
        const { name = '', sql = '' } = models.at(-1) ?? {};
        return await making(name, query(sql));
      } finally {
        // Without an engine process there is nothing to roll back, and its end is told already.
        await query('ROLLBACK').catch(() => undefined);
      }
    },
    rows: async (table) => await making(table.name, query(rowsSql(table))),
    close: async () => await session.close(),
  };
}

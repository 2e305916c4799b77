/** Typed values as SQL; variables of a session. */
import type { TypedValue } from '../../../domain/plan';
import type { Column } from '../../../domain/receipt';
import { identifier, literal } from '../../../domain/sql';

/** `SET VARIABLE vip_value = CAST('1000' AS DECIMAL(18,4))` for each. */
export function setVariables(variables: Readonly<Record<string, TypedValue>>): string[] {
  return Object.entries(variables).map(
    ([name, { type, value }]) => `SET VARIABLE ${identifier(name)} = CAST(${literal(value)} AS ${type})`,
  );
}

/** A SELECT of these columns without a row. */
export function emptyRows(columns: readonly Column[]): string {
  const list = columns.map(({ name, type }) => `CAST(NULL AS ${type}) AS ${identifier(name)}`);
  return `SELECT ${list.join(', ')} WHERE false`;
}

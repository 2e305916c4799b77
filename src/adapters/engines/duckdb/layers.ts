/** A snapshot's table as SQL: rows of a younger layer replace those of the same key in older ones. */
import type { Column } from '../../../domain/receipt';
import { identifier, literal, sameKey } from '../../../domain/sql';
import type { LayeredTable } from '../../engine';
import { emptyRows } from './variables';

const files = (paths: readonly string[]) => `read_parquet([${paths.map(literal).join(', ')}])`;

/**
 * Leaves out rows whose key is in one of the files; nothing where there are none. As a join: DuckDB finds a worse order
 * of joins, and puts filters later, where the same is a condition.
 */
function without(paths: readonly string[], key: readonly string[], columns: readonly Column[], alias: string): string {
  if (paths.length === 0) return '';
  const typed = key.map((name) => {
    const type = columns.find((column) => column.name === name)?.type;
    return type === undefined ? identifier(name) : `CAST(${identifier(name)} AS ${type}) AS ${identifier(name)}`;
  });
  return ` ANTI JOIN (SELECT ${typed.join(', ')} FROM ${files(paths)}) AS ${alias} ON ${sameKey(key, alias, 'r')}`;
}

/** Each layer is held against the younger ones on its own: a condition on layers besides would have every row hashed. */
export function layeredSql({ layers, columns, key, parentKey }: LayeredTable): string {
  const names = columns.map(({ name }) => `r.${identifier(name)}`).join(', ');
  const rows = layers.flatMap((layer, index) => {
    if (layer.rows.length === 0) return [];
    const touched = layers.slice(index + 1).flatMap((younger) => younger.touched);
    const gone = layers.slice(index).flatMap((younger) => younger.gone);
    const left = without(touched, parentKey, columns, 't') + without(gone, key, columns, 'g');
    return [`SELECT ${names} FROM ${files(layer.rows)} AS r${left}`];
  });
  if (rows.length === 0) return emptyRows(columns);
  const [only] = layers;
  if (layers.length === 1 && only !== undefined && only.gone.length === 0) return `FROM ${files(only.rows)}`;
  return rows.join(' UNION ALL ');
}

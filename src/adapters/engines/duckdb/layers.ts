/** A snapshot's table as SQL: rows of a younger layer replace those of the same key in older ones. */
import type { Column } from '../../../domain/receipt';
import { identifier, identifiers, literal } from '../../../domain/sql';
import type { LayeredTable, TableLayerFiles } from '../../engine';
import { emptyRows } from './variables';

/** With a blank, as no column of a table has. */
const LAYER = identifier('its layer');

const files = (paths: readonly string[]) => `read_parquet([${paths.map(literal).join(', ')}])`;

/** Keys with the youngest layer that says something of them; nothing where no layer does. */
function keysBy(
  layers: readonly TableLayerFiles[],
  of: (layer: TableLayerFiles) => readonly string[],
  key: readonly string[],
  columns: readonly Column[],
): string | undefined {
  const typed = key.map((name) => {
    const type = columns.find((column) => column.name === name)?.type;
    return type === undefined ? identifier(name) : `CAST(${identifier(name)} AS ${type}) AS ${identifier(name)}`;
  });
  const each = layers.flatMap((layer, index) =>
    of(layer).length === 0 ? [] : [`SELECT ${typed.join(', ')}, ${index} AS ${LAYER} FROM ${files(of(layer))}`],
  );
  if (each.length === 0) return undefined;
  const names = identifiers(key);
  return `SELECT ${names}, max(${LAYER}) AS ${LAYER} FROM (${each.join(' UNION ALL ')}) GROUP BY ${names}`;
}

export function layeredSql({ layers, columns, key, parentKey }: LayeredTable): string {
  const names = identifiers(columns.map(({ name }) => name));
  const rows = layers.flatMap(({ rows: paths }, index) =>
    paths.length === 0 ? [] : [`SELECT ${names}, ${index} AS ${LAYER} FROM ${files(paths)}`],
  );
  if (rows.length === 0) return emptyRows(columns);
  const [only] = layers;
  if (layers.length === 1 && only !== undefined && only.gone.length === 0) return `FROM ${files(only.rows)}`;
  const conditions: string[] = [];
  const without = (found: string | undefined, by: readonly string[], than: '>' | '>=') => {
    if (found === undefined) return;
    const equal = by.map((name) => `k.${identifier(name)} IS NOT DISTINCT FROM r.${identifier(name)}`).join(' AND ');
    conditions.push(`NOT EXISTS (SELECT 1 FROM (${found}) AS k WHERE ${equal} AND k.${LAYER} ${than} r.${LAYER})`);
  };
  without(
    keysBy(layers, ({ touched }) => touched, parentKey, columns),
    parentKey,
    '>',
  );
  without(
    keysBy(layers, ({ gone }) => gone, key, columns),
    key,
    '>=',
  );
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  return `SELECT ${names} FROM (${rows.join(' UNION ALL ')}) AS r${where}`;
}

/** Cuts a table's keys into stretches of about as many rows, along keys of a sample. */
import { identifier } from '../../../domain/sql';
import type { KeyRange, ReadOptions, Stretch } from '../../source';
import type { Asked, Relation } from './catalog';
import type { ChunkTable } from './chunk';
import { asText, boundOf, type Key, keyRow } from './keys';

/** Rows of a stretch at most, as far as they can be estimated. */
const MOST_ROWS = 2_500_000;
/** From here on two lanes are worth their while. */
const BIG_ROWS = 1_000_000;
/** Rows of a sample. */
const SAMPLE = 30_000;
/** Of them, for each stretch at least. */
const LEAST_PER_SHARE = 100;

export interface Estimate {
  readonly records: number;
  readonly bytes: number;
}

/** What the planner of the database believes, from its statistics and the present size. */
export async function estimate(asked: Asked, relation: Relation, { signal }: ReadOptions): Promise<Estimate> {
  const columns = Object.keys(relation.table.definition.columns).map((name) => `t.${identifier(name)}`);
  const [row] = await asked.query(
    `EXPLAIN (FORMAT JSON) SELECT ${columns.join(', ')} FROM ${relation.from}`,
    signal === undefined ? {} : { signal },
  );
  const [plan] = JSON.parse(Object.values(row ?? {})[0] ?? '[]') as { Plan: Record<string, number> }[];
  const { 'Plan Rows': rows = 0, 'Plan Width': width = 0 } = plan?.Plan ?? {};
  return { records: rows, bytes: rows * width };
}

/** Whether pages can be sampled, and going on behind a key is quick: one without an index is sorted for every chunk. */
async function canBeCut(asked: Asked, { oid, kind }: Relation, key: Key, options: ReadOptions): Promise<boolean> {
  if (oid === null || !['table', 'partitioned', 'materialized view'].includes(kind)) return false;
  const { signal } = options;
  const rows = await asked.query(
    `SELECT (SELECT json_agg(a.attname ORDER BY n) FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS k(number, n)
        JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number) AS columns
      FROM pg_index AS i WHERE i.indrelid = ${oid} AND i.indisvalid AND i.indpred IS NULL`,
    signal === undefined ? {} : { signal },
  );
  const indexed = rows.some(({ columns }) => {
    const names = JSON.parse(columns ?? '[]') as string[];
    return key.columns.every((name, index) => names[index] === name);
  });
  if (!indexed) return false;
  if (kind !== 'partitioned') return true;
  const [foreign] = await asked.query(
    `SELECT count(*) AS foreign FROM pg_partition_tree(${oid}) AS p JOIN pg_class AS c ON c.oid = p.relid AND c.relkind = 'f'`,
  );
  return foreign?.foreign === '0';
}

/** Keys that cut a sample of about so many percent into equal shares; of a sample that is too small, a larger one is taken. */
async function sampledBounds(
  asked: Asked,
  { relation, key }: Pick<ChunkTable, 'relation' | 'key'>,
  shares: number,
  percent: number,
  options: ReadOptions,
): Promise<string[][]> {
  const names = key.columns.map((_, index) => `k${index}`);
  const sample = `SELECT ${key.sql.map((column, index) => `${column} AS k${index}`).join(', ')}
    FROM ${relation.from} TABLESAMPLE SYSTEM (${percent}) REPEATABLE (1) WHERE ${keyRow(key)} IS NOT NULL`;
  const numbered = `SELECT ${names.join(', ')}, row_number() OVER (ORDER BY ${names.join(', ')}) AS n,
    count(*) OVER () AS total FROM (${sample}) AS sample`;
  const cuts = await asked.query(
    `SELECT ${asText({ ...key, sql: names })}, total FROM (${numbered}) AS numbered
      WHERE n * ${shares} / total > (n - 1) * ${shares} / total AND n < total ORDER BY n`,
    options.signal === undefined ? {} : { signal: options.signal },
  );
  if (percent < 100 && Number(cuts[0]?.total ?? 0) < shares * LEAST_PER_SHARE)
    return await sampledBounds(asked, { relation, key }, shares, Math.min(100, percent * 10), options);
  return cuts.map((cut) => boundOf(cut, key));
}

/** The whole key space in order; in one piece where it cannot be cut, or need not. */
export async function stretchesOf(
  asked: Asked,
  { relation, key }: ChunkTable,
  options: ReadOptions,
): Promise<Stretch[]> {
  const { records, bytes } = await estimate(asked, relation, options);
  const most = records >= BIG_ROWS ? (relation.table.definition.lanes ?? 2) : 1;
  const wanted = Math.max(most, Math.ceil(records / MOST_ROWS));
  const whole = { from: null, to: null };
  if (wanted === 1 || !(await canBeCut(asked, relation, key, options))) return [{ ...whole, records, bytes }];
  const bounds = await sampledBounds(
    asked,
    { relation, key },
    wanted,
    Math.min(100, (100 * SAMPLE) / records),
    options,
  );
  const distinct = bounds.filter((bound, index) => JSON.stringify(bound) !== JSON.stringify(bounds[index - 1]));
  const ranges: KeyRange[] = [...distinct, null].map((to, index) => ({ from: distinct[index - 1] ?? null, to }));
  return ranges.map((range) => ({
    ...range,
    records: Math.round(records / ranges.length),
    bytes: Math.round(bytes / ranges.length),
  }));
}

/** A shop's rows in another order, as rows or as files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { type Session, readSources } from '../models';
import type { Setting, Sources } from '../oracle/rows';
import { definition } from '../small-shop';
import { typesOf } from './tables';

const shuffled = <T>(rows: readonly T[]): fc.Arbitrary<T[]> =>
  fc.shuffledSubarray([...rows], { minLength: rows.length, maxLength: rows.length });

export const inAnyOrder = (sources: Sources): fc.Arbitrary<Sources> =>
  fc.record({
    orders: shuffled(sources.orders),
    order_items: shuffled(sources.order_items),
    refunds: shuffled(sources.refunds),
    users: shuffled(sources.users),
    products: shuffled(sources.products),
    fx_rates: shuffled(sources.fx_rates),
  });

const FILES = 3;
const field = (value: unknown) =>
  value === null || value === undefined ? '' : `"${String(value).replaceAll('"', '""')}"`;

/** Deals each source's rows out to CSV files, and reads these. */
export async function loadFiles(session: Session, sources: Sources, setting: Setting, folder: string): Promise<void> {
  const types = typesOf(setting);
  const typed = Object.entries(definition.sources).map(([name, source]) => {
    const columns = Object.entries(source.columns).map(([column, type]) => [column, types[column] ?? type]);
    return [name, { ...source, columns: Object.fromEntries(columns) }];
  });
  for (const [name, rows] of Object.entries(sources) as [keyof Sources, readonly object[]][]) {
    mkdirSync(path.join(folder, name), { recursive: true });
    const columns = Object.keys(definition.sources[name]?.columns ?? {});
    const files = Array.from({ length: FILES }, () => [columns.join(',')]);
    for (const [index, row] of rows.entries()) {
      const values: Record<string, unknown> = { ...row };
      files[index % FILES]?.push(columns.map((column) => field(values[column])).join(','));
    }
    for (const [index, lines] of files.entries())
      writeFileSync(path.join(folder, name, `${index}.csv`), `${lines.join('\n')}\n`);
  }
  await readSources(session, { ...definition, sources: Object.fromEntries(typed) }, folder);
}

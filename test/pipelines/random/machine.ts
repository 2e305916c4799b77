/**
 * Compares a few shops on a machine whose zone is TZ: `tsx machine.ts SEED SHOPS` prints the zone, what differs and a
 * checksum of the oracle's tables. A process of its own, as DuckDB and Node read TZ when they start.
 */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { openSession } from '../models';
import { oracle } from '../oracle';
import { differencesOf } from './differences';
import { type RandomShop, shops } from './shops';
import { load, tablesOf } from './tables';

export interface Report {
  readonly zone: string;
  readonly differences: readonly string[];
  readonly checksum: string;
}

export async function compare(seed: number, numRuns: number): Promise<Report> {
  const session = await openSession('UTC');
  const hash = createHash('sha256');
  const differences: string[] = [];
  for (const { sources, setting } of fc.sample<RandomShop>(shops, { seed, numRuns })) {
    const expected = oracle(sources, setting);
    await load(session, sources, setting);
    differences.push(...differencesOf(expected, await tablesOf(session, setting)));
    hash.update(JSON.stringify(expected, (_, value) => (typeof value === 'bigint' ? String(value) : value)));
  }
  session.close();
  return { zone: Intl.DateTimeFormat().resolvedOptions().timeZone, differences, checksum: hash.digest('hex') };
}

async function main([seed, count]: string[]) {
  console.log(JSON.stringify(await compare(Number(seed), Number(count))));
}
if (require.main === module) void main(process.argv.slice(2));

/** A pipeline over a small sample shop, cut into many small parts, so that faults have somewhere to happen. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeSample } from '../../src/sample';
import { temporaryFolder } from '../dev/temporary';

export const SHIPPED = resolve(__dirname, '..', '..', 'pipelines', 'customer-analytics');
export const UNTIL = '2026-11-25';

/** A folder of a few models over the sample's sources, with its data: what faults do to one pipeline they do to any. */
export async function cornerShop(options: { lines?: number; heartbeat?: string } = {}): Promise<string> {
  const { lines = 12_000, heartbeat = '3s' } = options;
  const folder = join(temporaryFolder(), 'corner-shop');
  cpSync(resolve(__dirname, 'corner-shop'), folder, { recursive: true });
  const path = join(folder, 'pipeline.yaml');
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll('heartbeat: 3s', `heartbeat: ${heartbeat}`));
  await makeSample({ folder: join(folder, 'data'), seed: 11, lines, until: UNTIL });
  return folder;
}

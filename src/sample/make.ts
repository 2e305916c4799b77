import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { readDays } from './calendar';
import { type SampleOptions, type Shop, shopOf } from './options';
import { copies, preparations } from './statements';
import { TABLES } from './tables';

export interface SampleSummary {
  readonly folder: string;
  /** false when the folder already held the same shop. */
  readonly made: boolean;
  readonly lines: number;
  readonly orders: number;
  readonly users: number;
  readonly products: number;
  readonly deliveries: number;
}

export const MARKER = '.sample.json';
/** Raised when the same options give other rows. */
const EDITION = 2;

const markerOf = ({ folder: _, ...rest }: Shop) => `${JSON.stringify({ edition: EDITION, ...rest })}\n`;

const readMarker = (folder: string) =>
  readFile(path.join(folder, MARKER), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });

async function write(shop: Shop): Promise<void> {
  for (const table of TABLES) await mkdir(path.join(shop.folder, table), { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', { temp_directory: path.join(shop.folder, '.spill') });
  const connection = await instance.connect();
  try {
    for (const statement of preparations(shop)) await connection.run(statement);
    const days = await readDays(async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson());
    for (const statement of copies(shop, days)) await connection.run(statement);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  await rm(path.join(shop.folder, '.spill'), { recursive: true, force: true });
  const marker = await open(path.join(shop.folder, MARKER), 'wx');
  try {
    await marker.writeFile(markerOf(shop));
    await marker.sync();
  } finally {
    await marker.close();
  }
}

/**
 * Makes the shop in a folder beside the wanted one, which is then put in its place: a generation that is interrupted
 * leaves nothing half-made there. A folder that holds something else than a sample is never replaced.
 */
export async function makeSample(options: SampleOptions): Promise<SampleSummary> {
  const shop = shopOf(options);
  const { orders, users, products, lines } = shop;
  const folder = path.resolve(options.folder);
  const summary = { folder, lines, orders, users, products, deliveries: shop.days ?? 1 };
  const marker = await readMarker(folder);
  if (marker === markerOf(shop)) return { ...summary, made: false };

  await mkdir(path.dirname(folder), { recursive: true });
  const making = `${folder}.${randomUUID().slice(0, 8)}.tmp`;
  const old = `${making}.old`;
  try {
    await write({ ...shop, folder: making });
    if (marker !== undefined) await rename(folder, old);
    await rename(making, folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
      throw new Error(`${folder} holds other files than a sample shop; give an empty or a new folder`);
    });
  } finally {
    await rm(making, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
  return { ...summary, made: true };
}

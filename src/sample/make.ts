import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { type SampleOptions, shopOf } from './options';
import { sampleStatements, TABLES } from './statements';

export interface SampleSummary {
  readonly folder: string;
  /** false when the folder already held the same shop. */
  readonly made: boolean;
  readonly lines: number;
  readonly orders: number;
  readonly users: number;
  readonly products: number;
}

export const MARKER = '.sample.json';
/** Raised when the same options give other rows. */
const EDITION = 1;

const markerOf = (options: SampleOptions) => {
  const { folder: _, ...rest } = shopOf(options);
  return `${JSON.stringify({ edition: EDITION, ...rest })}\n`;
};

const readMarker = (folder: string) =>
  readFile(path.join(folder, MARKER), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });

async function write(options: SampleOptions): Promise<void> {
  for (const table of TABLES) await mkdir(path.join(options.folder, table), { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', { temp_directory: path.join(options.folder, '.spill') });
  const connection = await instance.connect();
  try {
    for (const statement of sampleStatements(options)) await connection.run(statement);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  await rm(path.join(options.folder, '.spill'), { recursive: true, force: true });
  const marker = await open(path.join(options.folder, MARKER), 'wx');
  try {
    await marker.writeFile(markerOf(options));
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
  const { orders, users, products, lines } = shopOf(options);
  const folder = path.resolve(options.folder);
  const summary = { folder, lines, orders, users, products };
  const marker = await readMarker(folder);
  if (marker === markerOf(options)) return { ...summary, made: false };

  await mkdir(path.dirname(folder), { recursive: true });
  const making = `${folder}.${randomUUID().slice(0, 8)}.tmp`;
  const old = `${making}.old`;
  try {
    await write({ ...options, folder: making });
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

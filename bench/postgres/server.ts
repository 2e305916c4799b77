/** A Postgres for the bench, and what it had to do: CPU seconds of its processes, pages that it asked for. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres, SUPERUSER } from '../../src/dev/postgres-server';
import { childrenOf, cpuSeconds } from '../processes';

const PASSWORD = 'bench';
/** Nothing has to survive; and nothing but who reads is to be seen in its figures. */
export const SETTINGS = {
  fsync: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  shared_buffers: '512MB',
  max_wal_size: '8GB',
  checkpoint_timeout: '1h',
};

export interface Load {
  readonly cpu: number;
  /** Pages of 8 kB, from its own memory or not. */
  readonly pages: number;
}

export interface BenchPostgres {
  readonly url: string;
  readonly client: Client;
  /** What it did since it began. */
  load(): Promise<Load>;
  stop(): Promise<void>;
}

/** Sessions tell their pages when they have been idle for a second. */
const TOLD_AFTER_MS = 1_500;

export async function startBenchPostgres(): Promise<BenchPostgres> {
  const home = await mkdtemp(join(tmpdir(), 'daybreak-bench-'));
  const server = await startPostgres({ home, password: PASSWORD, settings: SETTINGS });
  const url = `postgres://${SUPERUSER}:${PASSWORD}@127.0.0.1:${server.port}/postgres?sslmode=disable`;
  const client = new Client({ connectionString: url });
  await client.connect();
  return {
    url,
    client,
    async load() {
      await new Promise((resolve) => setTimeout(resolve, TOLD_AFTER_MS));
      const { rows } = await client.query<{ pages: string }>(
        'SELECT sum(blks_hit + blks_read) AS pages FROM pg_stat_database WHERE datname = current_database()',
      );
      const pids = [server.pid, ...childrenOf(server.pid)];
      return { cpu: pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0), pages: Number(rows[0]?.pages) };
    },
    async stop() {
      await client.end();
      await server.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

export const loadBetween = (before: Load, after: Load): Load => ({
  cpu: after.cpu - before.cpu,
  pages: after.pages - before.pages,
});

/** A real Prometheus, and promtool. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../dev/temporary';
import { freePort } from './ports';

const run = promisify(execFile);
const FINDER = resolve(__dirname, '..', '..', 'scripts', 'ensure-prometheus.js');

/** Paths of the programs; fails with what to install where they are not there. */
async function programs(): Promise<{ readonly prometheus: string; readonly promtool: string }> {
  const { stdout } = await run(process.execPath, [FINDER, '--present']).catch((error: { stderr: string }) => {
    throw new Error(error.stderr);
  });
  return JSON.parse(stdout) as Awaited<ReturnType<typeof programs>>;
}

/** What promtool says; fails with that when it is not content. */
export async function promtool(...args: readonly string[]): Promise<string> {
  const { promtool: path } = await programs();
  const { stdout, stderr } = await run(path, [...args]).catch((error: { stdout: string; stderr: string }) => {
    throw new Error(`${error.stdout}${error.stderr}`);
  });
  return stdout + stderr;
}

export interface Firing {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface TestPrometheus {
  readonly url: string;
  /** Alerts that fire now. */
  firing(): Promise<readonly Firing[]>;
  /** Value of a query that gives one series; `undefined` where it gives none. */
  query(expr: string): Promise<number | undefined>;
  stop(): Promise<void>;
}

/** Starts one over a folder with `prometheus.yml`. */
export async function startPrometheus(folder: string): Promise<TestPrometheus> {
  const { prometheus: path } = await programs();
  const address = `127.0.0.1:${await freePort()}`;
  const child: ChildProcess = spawn(
    path,
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  const url = `http://${address}`;
  const ask = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${url}/api/v1/${path}`);
    return ((await response.json()) as { data: T }).data;
  };
  await eventually(
    'Prometheus is ready',
    async () => {
      if (child.exitCode !== null) throw new Error(said);
      return await fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    },
    30_000,
  );
  return {
    url,
    async firing() {
      const { alerts } = await ask<{ alerts: readonly (Firing & { readonly state: string })[] }>('alerts');
      return alerts.filter(({ state }) => state === 'firing');
    },
    async query(expr) {
      const { result } = await ask<{ result: readonly { readonly value: readonly [number, string] }[] }>(
        `query?query=${encodeURIComponent(expr)}`,
      );
      return result[0] === undefined ? undefined : Number(result[0].value[1]);
    },
    async stop() {
      child.kill();
      await ended;
    },
  };
}

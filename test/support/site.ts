/**
 * A site: one home with its store and editions, one task queue, and real worker processes (`dist/worker.js`) that can be
 * killed. Sites of a test file share its server and never meet.
 */
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { sweepStore } from '../../src/activities/sweep';
import { connect } from '../../src/adapters/connect';
import { ledger } from '../../src/adapters/ledger';
import { filesStore } from '../../src/adapters/stores/files';
import { type Daybreak, daybreak } from '../../src/client';
import { loadConfig } from '../../src/config';
import { startWorkerProcess, type WorkerEnd } from '../../src/dev/worker-process';
import type { PlanDocument } from '../../src/domain/plan';
import type { DataFile, Receipt } from '../../src/domain/receipt';
import type { RunRequest, RunResult } from '../../src/domain/run';
import { describeRun } from '../../src/temporal/runs';
import { eventually, isAlive, temporaryFolder } from '../dev/temporary';
import { childrenOf } from './processes';
import type { TestServer } from './server';

const WORKER = resolve(__dirname, '..', '..', 'dist', 'worker.js');

export interface TestWorker {
  readonly pid: number;
  /** How it ended, once it has. */
  readonly ended: Promise<WorkerEnd>;
  signal(signal: NodeJS.Signals): void;
  log(): string;
  /** Process id of its engine. */
  engine(): Promise<number>;
  /** Drains it; resolves when it has ended. */
  stop(): Promise<void>;
}

export interface Site {
  readonly home: string;
  readonly taskQueue: string;
  readonly client: Daybreak;
  /** Starts a run and waits for what comes of it. */
  run(request: RunRequest): Promise<RunResult>;
  /** A worker that polls. Its failpoint is spent once it has fired, for its successors too. */
  worker(options?: { failpoint?: string; env?: NodeJS.ProcessEnv }): Promise<TestWorker>;
  /** What the failpoint wrote when it fired: name, action and process id. */
  fired(): string | undefined;
  /** Keeps failpoints from firing, and from counting, until `rearm`. */
  disarm(): void;
  /** Lets the failpoint of a worker fire, though one has fired. */
  rearm(): void;
  /** What the newest worker printed. */
  log(): string;
  whenFired(limitMs?: number): Promise<void>;
  /** All receipts of the ledger. */
  receipts(): Promise<Receipt[]>;
  /** Absolute path of a data file. */
  path(file: DataFile): string;
  /** The plan that a run recorded. */
  plan(run: { readonly runId: string }): Promise<PlanDocument>;
  /** What a finished run should not leave for long: scratch, temporary files, data that no receipt knows. */
  leftBehind(): Promise<string[]>;
  /** Sweeps as a run would that ends tomorrow. */
  sweepTomorrow(): Promise<void>;
  close(): Promise<void>;
}

const TOMORROW_MS = 25 * 3_600_000;
let serial = 0;

/** Everything below a folder, as paths relative to it. */
const filesBelow = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) =>
        relative(folder, join(entry.parentPath, entry.name)),
      )
    : [];

export async function openSite(server: TestServer, options: { home?: string } = {}): Promise<Site> {
  if (!existsSync(WORKER)) throw new Error(`there is no ${WORKER}; next: npm run build`);
  serial += 1;
  const home = options.home ?? join(temporaryFolder(), 'home');
  const taskQueue = `site-${process.pid}-${serial}`;
  const workers: TestWorker[] = [];
  let started = 0;
  const engines = new Set<number>();
  const store = await filesStore(join(home, 'store'));
  const book = ledger(store);
  const mark = join(home, 'failpoint.fired');
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(TEMPORAL|DAYBREAK)_/.test(name)));

  const site: Site = {
    home,
    taskQueue,
    client: daybreak(server.client, { home, taskQueue }),
    run: async (request) => await site.client.result(await site.client.start(request)),
    async worker({ failpoint, env = {} } = {}) {
      let end: (how: WorkerEnd) => void = () => undefined;
      const ended = new Promise<WorkerEnd>((resolve_) => {
        end = resolve_;
      });
      const logFile = join(home, `worker-${started}.log`);
      started += 1;
      const child = await startWorkerProcess({
        entry: WORKER,
        logFile,
        onExit: end,
        env: {
          ...clean,
          DAYBREAK_HOME: home,
          DAYBREAK_TASK_QUEUE: taskQueue,
          TEMPORAL_ADDRESS: server.address,
          ...(failpoint === undefined ? {} : { DAYBREAK_FAILPOINT: failpoint }),
          ...env,
        },
      });
      const worker: TestWorker = {
        pid: child.pid,
        ended,
        signal: (name) => process.kill(child.pid, name),
        log: () => readFileSync(logFile, 'utf8'),
        async engine() {
          let found: number | undefined;
          await eventually('the worker has an engine', async () => {
            [found] = await childrenOf(child.pid);
            return found !== undefined;
          });
          engines.add(found as number);
          return found as number;
        },
        async stop() {
          for (const pid of await childrenOf(child.pid)) engines.add(pid);
          // A stopped process does not hear that it should end.
          if (isAlive(child.pid)) process.kill(child.pid, 'SIGCONT');
          await child.stop();
        },
      };
      workers.push(worker);
      await child.ready;
      return worker;
    },
    log: () => readFileSync(join(home, `worker-${started - 1}.log`), 'utf8'),
    fired: () => (existsSync(mark) ? readFileSync(mark, 'utf8').trim() : undefined),
    disarm: () => writeFileSync(mark, 'not yet\n'),
    rearm: () => rmSync(mark, { force: true }),
    whenFired: async (limitMs = 60_000) => await eventually('the failpoint fires', () => existsSync(mark), limitMs),
    receipts: async () => await book.all(),
    path: (file) => store.path(file),
    async plan({ runId }) {
      const key = (await store.list('plans')).find((planned) => planned.endsWith(`/${runId}`));
      const plan = key === undefined ? undefined : await store.get<PlanDocument>(key);
      if (plan === undefined) throw new Error(`the run ${runId} has no plan here`);
      return plan;
    },
    async leftBehind() {
      const known = new Set((await book.all()).flatMap(({ data, quarantine }) => [data.uri, quarantine?.uri]));
      const data = (await store.listData()).map(({ uri }) => uri).filter((uri) => !known.has(uri));
      const temporary = filesBelow(home).filter((path) => basename(path).includes('.tmp'));
      const scratch = filesBelow(join(home, 'store', 'scratch'));
      return [
        ...data.map((uri) => `data of nobody: ${uri}`),
        ...temporary.map((path) => `temporary: ${path}`),
        ...scratch.map((path) => `scratch: ${path}`),
      ];
    },
    async sweepTomorrow() {
      const config = loadConfig({ ...clean, DAYBREAK_HOME: home, DAYBREAK_TASK_QUEUE: taskQueue });
      const { services, close } = await connect(config, {
        describeRun: async (workflowId, runId) => await describeRun(server.client, workflowId, runId),
        searchAttributes: true,
        tellWatch: async () => undefined,
      });
      const plan = (await store.list('plans')).at(-1);
      if (plan === undefined) throw new Error('no run was planned here');
      await sweepStore(services, plan, Date.now() + TOMORROW_MS);
      await close();
    },
    async close() {
      await Promise.all(workers.map(async (worker) => await worker.stop()));
      await eventually('no engine is left', () => ![...engines].some(isAlive));
    },
  };
  return site;
}

/** Opens a site for as long as a test needs it; its processes are gone afterwards, however the test ended. */
export async function withSite<T>(server: TestServer, use: (site: Site) => Promise<T>): Promise<T> {
  const site = await openSite(server);
  try {
    return await use(site);
  } finally {
    await site.close();
  }
}

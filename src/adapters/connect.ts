/** Configuration → live adapters: the one place where they meet. */
import { dirname, join } from 'node:path';
import type { Services } from '../activities/services';
import type { Config } from '../config';
import { parsePipeline } from './definition/pipeline';
import { pipelineFolder, readPipeline } from './definition/read';
import { filesDestination } from './destinations/files';
import { duckDbEngine } from './engines/duckdb';
import { type DuckDb, duckDb } from './engines/duckdb/client';
import { setVariables } from './engines/duckdb/variables';
import { failpoint } from './failpoint';
import { variableOf } from '../domain/environment';
import { DaybreakError } from '../domain/failure';
import { ledger } from './ledger';
import { type Lineage, lineageAt } from './lineage';
import { releases, showLive } from './releases';
import { snapshots } from './snapshots';
import { fileSource, sourceFolders } from './sources';
import { addressOf } from './sources/postgres/address';
import { postgresSource } from './sources/postgres';
import { openDatabase } from './sources/postgres/database';
import type { Store } from './store';
import { filesStore, readingStore } from './stores/files';

/** Reading parts needs little: a part is small, and rows go straight through. */
const SOURCE_MEMORY_BYTES = 400_000_000;

/** What Temporal tells; the rest comes from the configuration. */
type Outside = Pick<Services, 'describeRun' | 'searchAttributes' | 'tellWatch'>;

export interface Connected {
  readonly services: Services;
  /** Process id of the engine, once it runs. */
  enginePid(): number | undefined;
  /** For who will need it: the engine starts while something else does. */
  startEngine(): void;
  close(): Promise<void>;
}

/**
 * Opens sources. Those of one run share a session where they reach the same folders: opening one costs as much as
 * reading some thousand rows.
 */
function sourceOpener(db: DuckDb, threads: number): Services['openSource'] {
  const users = new Map<string, number>();
  return async (request) => {
    const { name, definition, folder, scratch, mapping } = request;
    // The run's scratch folder: lanes keep to folders of their own in there.
    const shared = dirname(scratch);
    const folders = [...(await sourceFolders(definition, folder)), shared];
    const key = `sources ${JSON.stringify(folders)}`;
    users.set(key, (users.get(key) ?? 0) + 1);
    const session = await db.session(key, {
      folders,
      spill: join(shared, 'spill'),
      memoryBytes: SOURCE_MEMORY_BYTES,
      threads,
      zone: request.zone,
      setup: setVariables(request.variables),
    });
    const source = fileSource({ name, definition, folder, session, ...(mapping === undefined ? {} : { mapping }) });
    return {
      source,
      async close() {
        const others = (users.get(key) ?? 1) - 1;
        if (others > 0) {
          users.set(key, others);
          return;
        }
        users.delete(key);
        await db.closeSession(key);
      },
    };
  };
}

/** Made whole within a second or so, which is about what following a change costs. */
const FOLLOW_FROM_ROWS = 200_000;

/** A chunk is to take seconds; what takes so long is stuck, or asks for too much. */
const STATEMENT_TIMEOUT_MS = 600_000;
const LOCK_TIMEOUT_MS = 30_000;

/** `${env:NAME}` → what the environment has there. It is read here and stays here. */
function connectionUrl(
  name: string,
  connection: string | undefined,
  environment: Config['environment'],
): string | undefined {
  if (connection === undefined) return undefined;
  const variable = variableOf(connection);
  const url = environment[variable];
  if (url !== undefined && url !== '') return url;
  throw new DaybreakError('BadDefinition', {
    where: `source ${name}`,
    what: `${variable} is not set in the environment of the worker`,
    expected: 'a URL such as postgres://reader@host/shop',
    next: 'set it where the worker starts, and start the worker again',
  });
}

/** Databases by OpenLineage's names; who asks, and with which password, is none of them. */
const databaseNames =
  ({ environment }: Config): Lineage['database'] =>
  (connection) => {
    const { host, port, database } = addressOf(connectionUrl('', connection, environment), environment, '');
    return { namespace: `postgres://${host}:${port}`, database };
  };

/** Opens databases; each has a session of the engine and connections of its own. */
function databaseOpener(db: DuckDb, config: Config): Services['openDatabase'] {
  let serial = 0;
  return async ({ tables, scratch, zone, variables, runId, onWaiting }) => {
    const [parent] = tables;
    if (parent === undefined) throw new DaybreakError('Bug', { what: 'a database is opened for a table' });
    const { name, definition } = parent;
    serial += 1;
    const session = await db.session(`database ${serial}`, {
      folders: [scratch],
      spill: join(scratch, 'spill'),
      memoryBytes: SOURCE_MEMORY_BYTES,
      threads: config.threads,
      zone,
      setup: setVariables(variables),
    });
    const database = openDatabase({
      url: connectionUrl(name, definition.connection, config.environment),
      environment: config.environment,
      applicationName: `daybreak ${name} ${runId}`,
      where: `source ${name}`,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
      lockTimeoutMs: LOCK_TIMEOUT_MS,
      maxConnections: definition.max_connections,
      ...(onWaiting === undefined ? {} : { onWaiting }),
    });
    const source = postgresSource({ tables, database, session });
    return {
      ...source,
      async close() {
        await database.close();
        await session.close();
      },
    };
  };
}

/** Opens store and engine. Fails as `StoreReadOnly` or `DiskFull` when the store cannot be written. */
export async function connect(
  config: Config,
  outside: Outside,
  onEngineRestart: (reason: string) => void = () => undefined,
): Promise<Connected> {
  return connected(config, outside, await filesStore(join(config.home, 'store')), onEngineRestart);
}

/** The same, only to look: the store stays as it is, and need not be there. What is in the making is `elsewhere`. */
export async function connectReading(config: Config, elsewhere: string): Promise<Connected> {
  const store = await readingStore(join(config.home, 'store'), elsewhere);
  const outside = { describeRun: async () => undefined, searchAttributes: false, tellWatch: async () => undefined };
  return connected(config, outside, store, () => undefined);
}

function connected(
  config: Config,
  outside: Outside,
  store: Store,
  onEngineRestart: (reason: string) => void,
): Connected {
  const db = duckDb({ onRestart: onEngineRestart });
  const engine = duckDbEngine(db);
  const services: Services = {
    ...outside,
    store,
    ledger: ledger(store),
    engine,
    home: config.home,
    taskQueue: config.taskQueue,
    memoryBytes: config.memoryBytes,
    followFromRows: FOLLOW_FROM_ROWS,
    now: () => new Date(),
    threads: config.threads,
    watchEveryMs: config.watchEveryMs,
    readPipeline: async (pipeline) => await readPipeline(await pipelineFolder(pipeline, process.cwd())),
    parsePipeline: async (files, parameters) =>
      await parsePipeline(files, engine, { parameters, environment: config.environment }),
    openSource: sourceOpener(db, config.threads),
    openDatabase: databaseOpener(db, config),
    snapshots: (pipeline) => snapshots(store, pipeline),
    destination: (plan) => filesDestination(plan.destination, plan.pipeline),
    releases: (pipeline) => releases(store, pipeline),
    showLive: async (pipeline) =>
      await showLive(releases(store, pipeline), (edition) => filesDestination(edition.destination, pipeline)),
    closeWorkspace: async (runId) => await db.closeSession(runId),
    ...(config.lineageUrl === undefined ? {} : { lineage: lineageAt(config.lineageUrl, databaseNames(config)) }),
    failpoint,
  };
  return {
    services,
    enginePid: () => db.pid(),
    startEngine: () => db.start(),
    close: async () => await engine.close(),
  };
}

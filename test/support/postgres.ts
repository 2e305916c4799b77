/** A real Postgres for tests: quick rather than safe, with everything that can happen to a server at hand. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { makeOnce, postgresPrograms } from '../../src/dev/postgres-programs';
import { dataOf, makeDatabase, type PostgresServer, startPostgres, SUPERUSER } from '../../src/dev/postgres-server';

const PASSWORD = 'morning-coffee';
const QUICK = {
  fsync: 'off',
  full_page_writes: 'off',
  shared_buffers: '32MB',
  jit: 'off',
  max_connections: 60,
  max_wal_senders: 2,
  wal_retrieve_retry_interval: '100ms',
};

type Row = Readonly<Record<string, string | null>>;
const asText = { getTypeParser: () => String };

export interface TestPostgres {
  readonly port: number;
  readonly pid: number;
  readonly home: string;
  /** For any program: `postgres://user:password@127.0.0.1:port/database`. */
  url(options?: { user?: string; password?: string; database?: string; port?: number }): string;
  /** As the superuser, also several statements; gives the rows of the last one as text. */
  run(sql: string, database?: string): Promise<Row[]>;
  /** A session of the superuser that stays open, for transactions that others meet; closed with the server. */
  session(database?: string): Promise<(sql: string) => Promise<Row[]>>;
  /** A user that may log in, and read the named tables and nothing else. */
  reader(name: string, tables: readonly string[], database?: string): Promise<void>;
  /** Sessions of an application, by its name or the beginning of it; none of our own questions is among them. */
  backends(application?: string): Promise<Row[]>;
  /** Ends sessions as an administrator would; gives how many. */
  terminate(application: string): Promise<number>;
  stop(): Promise<void>;
  start(settings?: Readonly<Record<string, string | number>>): Promise<void>;
  restart(settings?: Readonly<Record<string, string | number>>): Promise<void>;
  /** `kill -9`: the sessions' processes end by themselves soon after. */
  kill(): void;
  /** A read replica of what is there now; this server is stopped for a moment. */
  standby(settings?: Readonly<Record<string, string | number>>): Promise<TestPostgres>;
  /** Ends it, with its replicas, and removes its files. */
  remove(): Promise<void>;
}

/** Copies a home into another, with owners, which a server that runs as another user needs. */
function copy(from: string, to: string): void {
  if (process.platform === 'win32') cpSync(from, to, { recursive: true });
  else execFileSync('cp', ['-a', `${from}/.`, to]);
}

/** An empty database is made once for all tests, and copied. */
async function template(): Promise<string> {
  const home = join((await postgresPrograms()).folder, 'template');
  await makeOnce(home, async (aside) => await makeDatabase(aside, PASSWORD));
  return home;
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: 'test', types: asText, ssl: false });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function rows(client: Client, sql: string): Promise<Row[]> {
  const given = (await client.query<Row>(sql)) as unknown as { rows: Row[] } | { rows: Row[] }[];
  return (Array.isArray(given) ? given.at(-1)?.rows : given.rows) ?? [];
}

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
const of = (application: string) => `starts_with(application_name, ${literal(application)})`;

function around(home: string, first: PostgresServer, given: Readonly<Record<string, string | number>>): TestPostgres {
  let server = first;
  const open: Client[] = [];
  const replicas: TestPostgres[] = [];
  const url: TestPostgres['url'] = ({ user = SUPERUSER, password = PASSWORD, database = 'postgres', port } = {}) =>
    `postgres://${user}:${password}@127.0.0.1:${port ?? server.port}/${database}`;
  const self: TestPostgres = {
    get port() {
      return server.port;
    },
    get pid() {
      return server.pid;
    },
    home,
    url,
    run: async (sql, database) => {
      const client = await connect(url(database === undefined ? {} : { database }));
      try {
        return await rows(client, sql);
      } finally {
        await client.end();
      }
    },
    session: async (database) => {
      const client = await connect(url(database === undefined ? {} : { database }));
      open.push(client);
      return async (sql) => await rows(client, sql);
    },
    reader: async (name, tables, database) => {
      await self.run(
        [
          `CREATE ROLE "${name}" LOGIN PASSWORD ${literal(PASSWORD)}`,
          ...tables.map((table) => `GRANT SELECT ON ${table} TO "${name}"`),
        ].join('; '),
        database,
      );
    },
    backends: async (application = 'daybreak') =>
      await self.run(
        `SELECT pid, application_name, state, query FROM pg_stat_activity WHERE ${of(application)} ORDER BY pid`,
      ),
    terminate: async (application) =>
      (await self.run(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${of(application)}`)).length,
    stop: async () => await server.stop(),
    start: async (settings = {}) => {
      server = await startPostgres({
        home,
        password: PASSWORD,
        port: server.port,
        settings: { ...QUICK, ...given, ...settings },
      });
    },
    restart: async (settings) => {
      await self.stop();
      await self.start(settings);
    },
    kill: () => {
      process.kill(server.pid, 'SIGKILL');
    },
    standby: async (settings = {}) => {
      await self.stop();
      const folder = mkdtempSync(join(tmpdir(), 'daybreak-postgres-'));
      copy(home, folder);
      writeFileSync(join(dataOf(folder), 'standby.signal'), '');
      await self.start();
      const primary_conninfo = `host=127.0.0.1 port=${server.port} user=${SUPERUSER} password=${PASSWORD}`;
      const all = { ...given, hot_standby_feedback: 'off', ...settings, primary_conninfo };
      const replica = around(
        folder,
        await startPostgres({ home: folder, password: PASSWORD, settings: { ...QUICK, ...all } }),
        all,
      );
      replicas.push(replica);
      return replica;
    },
    remove: async () => {
      await Promise.all(replicas.map((replica) => replica.remove()));
      await Promise.all(open.map((client) => client.end().catch(() => undefined)));
      await server.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
  return self;
}

/** A server of its own with an empty database; `remove` it in `afterAll`. */
export async function startTestPostgres(
  settings: Readonly<Record<string, string | number>> = {},
): Promise<TestPostgres> {
  const home = mkdtempSync(join(tmpdir(), 'daybreak-postgres-'));
  copy(await template(), home);
  return around(home, await startPostgres({ home, password: PASSWORD, settings: { ...QUICK, ...settings } }), settings);
}

/** The database that the demo's shop is in: a Postgres of the demo's own, or one that is given. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres, SUPERUSER } from '../../dev/postgres-server';
import { DaybreakError } from '../../domain/failure';
import { createShop, SHOP_SCHEMA } from '../../sample';

const READER = 'daybreak';

export interface ShopDatabase {
  /** How people are told where it is; without a password. */
  readonly shown: string;
  /** For who reads: it may read the shop's tables and see since when transactions are open, and nothing else. */
  readonly readerUrl: string;
  /** A session of the shop itself; ends with the database. */
  connect(): Promise<Client>;
  /** Takes the shop away again, and the server with it where it is ours. */
  close(): Promise<void>;
}

async function connectTo(url: string, open: Client[]): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: 'daybreak demo' });
  // Who asks hears of it.
  client.on('error', () => undefined);
  await client.connect();
  open.push(client);
  return client;
}

const endAll = async (open: readonly Client[]) => {
  await Promise.all(open.map(async (client) => await client.end().catch(() => undefined)));
};

/** The shop in a database of somebody's; the reader is who the URL says. */
async function givenDatabase(url: string): Promise<ShopDatabase> {
  const open: Client[] = [];
  try {
    const main = await connectTo(url, open);
    const { rows } = await main.query<{ there: boolean; name: string }>(
      'SELECT to_regnamespace($1) IS NOT NULL AS there, current_database() AS name',
      [SHOP_SCHEMA],
    );
    if (rows[0]?.there === true) {
      throw new DaybreakError('BadRequest', {
        where: 'DAYBREAK_DEMO_DATABASE',
        what: `the database ${rows[0].name} has a schema ${SHOP_SCHEMA} already, and the demo touches nothing of others`,
        expected: 'a database without one; the demo makes it and takes it away again',
        next: 'name another database, or unset the variable for a Postgres of the demo’s own',
      });
    }
    await createShop(main);
    return {
      shown: `${main.host}:${main.port}/${rows[0]?.name}`,
      readerUrl: url,
      connect: async () => await connectTo(url, open),
      async close() {
        // Sessions may be in a transaction that holds the tables.
        await endAll(open);
        const last = await connectTo(url, []);
        try {
          await last.query(`DROP SCHEMA IF EXISTS ${SHOP_SCHEMA} CASCADE`);
        } finally {
          await last.end();
        }
      },
    };
  } catch (error) {
    await endAll(open);
    throw error;
  }
}

/** The shop in a server of ours, which is gone afterwards. */
async function ownDatabase(): Promise<ShopDatabase> {
  const home = await mkdtemp(join(tmpdir(), 'daybreak-shop-'));
  const password = randomBytes(12).toString('hex');
  const open: Client[] = [];
  const remove = async () => await rm(home, { recursive: true, force: true });
  const server = await startPostgres({ home, password, settings: { fsync: 'off' } }).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  const urlOf = (user: string, database: string) =>
    `postgres://${user}:${password}@127.0.0.1:${server.port}/${database}?sslmode=disable`;
  const close = async () => {
    await endAll(open);
    await server.stop();
    await remove();
  };
  try {
    const first = await connectTo(urlOf(SUPERUSER, 'postgres'), open);
    await first.query(`CREATE DATABASE ${SHOP_SCHEMA}`);
    await first.query(`CREATE ROLE ${READER} LOGIN PASSWORD '${password}'`);
    const url = urlOf(SUPERUSER, SHOP_SCHEMA);
    const main = await connectTo(url, open);
    await createShop(main);
    await main.query(`GRANT USAGE ON SCHEMA ${SHOP_SCHEMA} TO ${READER};
      GRANT SELECT ON ALL TABLES IN SCHEMA ${SHOP_SCHEMA} TO ${READER}; GRANT pg_read_all_stats TO ${READER}`);
    return {
      shown: `a Postgres of its own at 127.0.0.1:${server.port}`,
      readerUrl: urlOf(READER, SHOP_SCHEMA),
      connect: async () => await connectTo(url, open),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Makes the empty shop. Fails as `BadRequest` where a given database is no use, or where no server is installed. */
export const openShopDatabase = async (given: string | undefined): Promise<ShopDatabase> =>
  given === undefined ? await ownDatabase() : await givenDatabase(given);

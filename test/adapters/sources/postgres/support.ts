/** A database of its own with sources that read it. */
import type { DatabaseSource, DatabaseTable } from '../../../../src/adapters/source';
import { postgresSource } from '../../../../src/adapters/sources/postgres';
import { openDatabase } from '../../../../src/adapters/sources/postgres/database';
import { sourceSchema } from '../../../../src/domain/definition';
import {
  type DatabaseFixture,
  type Declared,
  readRange,
  type ReadSettings,
  type TableRead,
} from '../../../contracts/database-source';
import { startTestPostgres, type TestPostgres } from '../../../support/postgres';
import { bench } from '../support';

export interface Shop extends DatabaseFixture {
  readonly server: TestPostgres;
  source(declared: Declared, user?: string, of?: TestPostgres): Promise<DatabaseSource>;
  read(source: DatabaseSource, names: readonly string[], settings?: ReadSettings): Promise<Record<string, TableRead>>;
}

const tablesOf = (declared: Declared): DatabaseTable[] =>
  Object.entries(declared).map(([name, { mapping, ...settings }]) => {
    const table = settings.query === undefined ? { table: name } : {};
    const definition = sourceSchema.parse({ type: 'postgres', ...table, ...settings });
    if (definition.type !== 'postgres') throw new Error('not Postgres');
    return { name, definition, ...(mapping === undefined ? {} : { mapping }) };
  });

export async function openShop(settings: Readonly<Record<string, string | number>> = {}): Promise<Shop> {
  const [server, at] = await Promise.all([startTestPostgres(settings), bench()]);
  const opened: DatabaseSource[] = [];
  return {
    server,
    at,
    sql: async (text) => await server.run(text),
    async source(declared, user, of = server) {
      const database = openDatabase({
        url: of.url(user === undefined ? {} : { user }),
        environment: {},
        applicationName: 'daybreak test',
        where: 'source orders',
        statementTimeoutMs: 60_000,
        lockTimeoutMs: 5_000,
      });
      const made = postgresSource({ tables: tablesOf(declared), database, session: await at.session() });
      opened.push(made);
      return made;
    },
    read: async (source, names, read) => await readRange({ at }, source, names, read),
    async close() {
      await Promise.all(opened.map(async (each) => await each.close()));
      await Promise.all([server.remove(), at.close()]);
    },
  };
}

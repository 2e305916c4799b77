/** A real Temporal dev server for a test file: free ports, a database file, and an end like the one of a lost machine. */
import { existsSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import { type DevServer, startDevServer } from '../../src/dev/dev-server';
import { eventually, isAlive, temporal, temporaryFolder } from '../dev/temporary';

export interface TestServer {
  readonly address: string;
  /** The `temporal` that runs, which is also the command line for people. */
  readonly binary: string;
  readonly client: Client;
  /** kill -9. */
  kill(): Promise<void>;
  /** The same port and database as before. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startServer(): Promise<TestServer> {
  const binary = await temporal();
  const home = temporaryFolder();
  let server: DevServer = await startDevServer({ binary, home, port: 0, uiPort: 0 });
  const connection = await Connection.connect({ address: server.address });
  const client = new Client({ connection });
  const gone = async () => await eventually('the server is gone', () => !isAlive(server.pid));
  return {
    address: server.address,
    binary,
    client,
    async kill() {
      process.kill(server.pid, 'SIGKILL');
      await gone();
    },
    async restart() {
      if (!existsSync(home)) throw new Error('the database is gone');
      server = await startDevServer({ binary, home, port: Number(server.address.split(':').at(-1)), uiPort: 0 });
    },
    async stop() {
      await connection.close();
      await server.stop();
    },
  };
}

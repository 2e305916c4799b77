/**
 * A process of lanes that all read one database, for tests of the lease: started with the settings as JSON; says
 * that it is ready, begins when it is told to, and prints a line for each reading that is done and for whom it waits.
 */
import { openDatabase } from '../../src/adapters/sources/postgres/database';

const { url, lanes, readings, limit, name } = JSON.parse(process.argv[2] ?? '') as {
  url: string;
  lanes: number;
  readings: number;
  limit: number;
  name: string;
};

async function lane(number: number): Promise<void> {
  const database = openDatabase({
    url,
    environment: {},
    applicationName: `daybreak ${name}`,
    where: `lane ${number}`,
    statementTimeoutMs: 30_000,
    lockTimeoutMs: 30_000,
    maxConnections: limit,
    onWaiting: (waiting) => {
      if (waiting !== null) console.log(waiting.reason);
    },
  });
  for (let done = 0; done < readings; done += 1) {
    try {
      await database.query('SELECT pg_sleep(0.05)');
      console.log('done');
    } catch (error) {
      // A session that was ended from outside is asked for again, as an activity would.
      console.log(String(error));
      done -= 1;
    }
  }
  await database.close();
}

process.stdin.once('data', () => {
  process.stdin.destroy();
  void Promise.all(Array.from({ length: lanes }, async (_, number) => await lane(number)));
});
console.log('ready');

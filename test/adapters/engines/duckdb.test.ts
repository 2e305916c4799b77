import { duckDbEngine } from '../../../src/adapters/engines/duckdb';
import { duckDb } from '../../../src/adapters/engines/duckdb/client';
import { engineContract } from '../../contracts/engine';

engineContract('DuckDB', () => {
  const db = duckDb();
  return {
    engine: duckDbEngine(db),
    kill: () => {
      const pid = db.pid();
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
    },
  };
});

/** How far a replica is behind the database that it follows. */
import type { ReadOptions } from '../../source';
import type { Asked } from './catalog';

/** What has all that it was sent is not behind, however long nothing was written there. */
const BEHIND = `SELECT pg_is_in_recovery() AS replica, round(CASE
    WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
    WHEN pg_last_wal_receive_lsn() IS NOT NULL
      THEN extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000 END) AS behind`;

/**
 * Asks in milliseconds; gives `null` of what is no replica, or does not tell. To be asked at the end of a transaction: where
 * these functions are not allowed it has failed then, and nothing else is asked in it.
 */
export function replicaLag(): (asked: Asked, options: ReadOptions) => Promise<number | null> {
  let tells = true;
  return async (asked, { signal }) => {
    if (!tells) return null;
    try {
      const [row] = await asked.query(BEHIND, signal === undefined ? {} : { signal });
      tells = row?.replica === 't';
      const behind = row?.behind ?? null;
      return tells && behind !== null ? Number(behind) : null;
    } catch {
      signal?.throwIfAborted();
      tells = false;
      return null;
    }
  };
}

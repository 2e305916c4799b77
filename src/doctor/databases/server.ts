/** A database server: who we are there, what it has left for us, its clock, and how a night's cut will be found. */
import type { DatabaseTable } from '../../adapters/source';
import { cutOf, type CutFacts } from '../../adapters/sources/postgres/cut';
import type { Session } from '../../adapters/sources/postgres/session';
import { milliseconds } from '../../domain/window';
import { failed, type Finding, good, warn } from '../finding';

const CLOCK_WARN_MS = 5_000;

const SERVER = `SELECT current_setting('server_version') AS version, current_user AS user, current_database() AS name,
  (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS used,
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most,
  round(extract(epoch FROM now() - pg_last_xact_replay_timestamp())) AS behind`;

/** The server, who we are there, and how many sessions it has left for us. */
export async function serverFindings(
  session: Session,
  shown: string,
  tables: readonly DatabaseTable[],
): Promise<Finding[]> {
  const [row = {}] = await session.query(SERVER);
  const [used, most] = [Number(row.used), Number(row.most)];
  const wanted = Math.max(...tables.map(({ definition }) => definition.max_connections));
  const left = most - used;
  const findings = [
    good(
      'database',
      `${shown}: Postgres ${row.version}, as ${row.user}; ${used} of ${most} connections in use; read by COPY`,
    ),
  ];
  if (left < wanted)
    findings.push(
      warn(
        'connections',
        `${shown}: ${left} are free, and up to ${wanted} are asked for`,
        'declare a smaller max_connections for its sources, or raise that of the server',
      ),
    );
  if (session.pooled)
    findings.push(
      warn(
        'pooler',
        `${shown}: a program in between shares its sessions, so that max_connections holds within each worker only`,
        "name the server's own address where that matters, not that of PgBouncer or its like",
      ),
    );
  return findings;
}

/** Whose clock is how far from ours; the answer took so long to come. */
export function clockFinding(shown: string, { clock }: CutFacts, asked: number, heard: number): Finding {
  const middle = (asked + heard) / 2;
  const off = Number(clock / 1000n) - middle;
  const seconds = `${(Math.abs(off) / 1000).toFixed(1)} s`;
  if (Math.abs(off) <= CLOCK_WARN_MS + (heard - asked) / 2)
    return good('database clock', `${shown}: ${seconds} from ours`);
  return warn(
    'database clock',
    `${shown}: it is ${seconds} ${off > 0 ? 'ahead of' : 'behind'} ours; cuts go by the database's, days and freshness by ours`,
    'set both by a time server',
  );
}

/** How the cut of each night will be found, or why it cannot be. */
export function cutFindings(shown: string, facts: CutFacts, tables: readonly DatabaseTable[]): Finding[] {
  const families = tables.filter(({ definition }) => definition.parent === undefined);
  const found = families.flatMap(({ name, definition }): Finding[] => {
    const own = tables.filter((table) => table.name === name || table.definition.parent === name);
    if (own.every((table) => table.definition.cursor === undefined)) return [];
    try {
      return [good('cut', cutOf(facts, { source: name, since: null, lag: definition.lag }).cutBy)];
    } catch (error) {
      return [failed('cut', error)];
    }
  });
  const distinct = new Map(found.map((finding) => [`${finding.state} ${finding.says}`, finding]));
  const told = [...distinct.values()].map((finding) =>
    finding.state === 'good' ? { ...finding, says: `${shown}: nights begin where ${finding.says} says` } : finding,
  );
  if (facts.replica === null) return told;
  const behind = facts.replica.replayed === null ? null : Number((facts.clock - facts.replica.replayed) / 1_000_000n);
  const lag = Math.min(
    ...tables.flatMap(({ definition: { lag: declared } }) => (declared === undefined ? [] : milliseconds(declared))),
  );
  const says = `${shown}: a replica, ${behind === null ? 'which has replayed nothing yet' : `whose last transaction is ${behind} s old`}`;
  return [
    ...told,
    Number.isFinite(lag) || told.length === 0
      ? good('replica', says)
      : warn('replica', says, 'declare `lag` for its sources: a replica does not know which transactions are open'),
  ];
}

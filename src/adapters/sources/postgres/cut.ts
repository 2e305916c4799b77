/**
 * The cut: where the next reading begins. A row's cursor is set while its transaction is open, and the row is seen once
 * that commits; so no transaction that is still open may have begun before the cut.
 */
import { DaybreakError } from '../../../domain/failure';
import { milliseconds } from '../../../domain/window';
import type { ReadOptions } from '../../source';
import type { Asked } from './catalog';

/** Microseconds that a transaction may take from its beginning until others see it. */
const UNSEEN = 1_000_000n;

/** What the database says about its clock and its transactions; times in microseconds since 1970. */
export interface CutFacts {
  readonly clock: bigint;
  /** Beginning of the oldest other transaction; `null` when there is none. */
  readonly oldest: bigint | null;
  /** When the oldest prepared transaction was prepared; its beginning is not told. */
  readonly prepared: bigint | null;
  /** Whether the beginnings of other users' transactions are shown to us. */
  readonly sees: boolean;
  /** Whether rows come from another database, long after they were written there. */
  readonly subscribes: boolean;
  /** Of a replica, when the last transaction was committed that it has. */
  readonly replica: { readonly replayed: bigint | null } | null;
  readonly user: string;
}

const micros = (time: string) => `(extract(epoch FROM ${time}) * 1000000)::bigint`;

/** The clock is read before the transactions are. Those of the database's own housekeeping write no rows. */
const FACTS = `SELECT ${micros('statement_timestamp()')} AS clock, current_user AS user,
  (SELECT ${micros('min(xact_start)')} FROM pg_stat_activity WHERE datname = current_database()
    AND pid <> pg_backend_pid() AND backend_type NOT IN ('autovacuum worker', 'walsender')) AS oldest,
  (SELECT ${micros('min(prepared)')} FROM pg_prepared_xacts WHERE database = current_database()) AS prepared,
  pg_has_role('pg_read_all_stats', 'USAGE') AND current_setting('track_activities') = 'on' AS sees,
  EXISTS (SELECT FROM pg_subscription_rel) AS subscribes, pg_is_in_recovery() AS recovery, ${micros('pg_last_xact_replay_timestamp()')} AS replayed`;

const bigintOf = (text: string | null | undefined) => (text === null || text === undefined ? null : BigInt(text));

/** Asked by itself, before the transaction begins that anything is read in: what commits meanwhile is seen there. */
export async function cutFacts(asked: Asked, { signal }: ReadOptions): Promise<CutFacts> {
  const [row = {}] = await asked.query(FACTS, signal === undefined ? {} : { signal });
  return {
    clock: BigInt(row.clock ?? ''),
    oldest: bigintOf(row.oldest),
    prepared: bigintOf(row.prepared),
    sees: row.sees === 't',
    subscribes: row.subscribes === 't',
    replica: row.recovery === 't' ? { replayed: bigintOf(row.replayed) } : null,
    user: row.user ?? '',
  };
}

/** `2026-11-26T04:36:24.123456Z` */
const instant = (time: bigint): string => {
  const second = time / 1_000_000n - (time % 1_000_000n < 0n ? 1n : 0n);
  const rest = String(time - second * 1_000_000n).padStart(6, '0');
  return `${new Date(Number(second) * 1000).toISOString().slice(0, 19)}.${rest}Z`;
};

const least = (...times: readonly (bigint | null)[]): bigint =>
  times.reduce<bigint>((found, time) => (time !== null && time < found ? time : found), times[0] ?? 0n);

/**
 * The cut and how it was found. `since` is the cut before: a transaction that is open now either was so then, and had not
 * begun before that cut, or began later.
 */
export function cutOf(
  facts: CutFacts,
  declared: { readonly source: string; readonly since: string | null; readonly lag: string | undefined },
): { readonly cut: string; readonly cutBy: string } {
  const { source, since, lag } = declared;
  const { clock, oldest, prepared, replica, sees, user } = facts;
  const undeclared = (what: string, next: string) =>
    new DaybreakError('NotAsDeclared', {
      where: `source ${source}`,
      what,
      expected: 'a `lag` that says how long a transaction stays open at most',
      next,
    });
  const declare = 'declare `lag` for the source, such as 1h';
  if (lag === undefined && replica !== null) {
    throw undeclared('the database is a replica, which does not know the transactions that are open', declare);
  }
  if (lag === undefined && facts.subscribes) {
    throw undeclared(
      'the database subscribes to tables of another one, and does not know its open transactions',
      declare,
    );
  }
  if (lag === undefined && !sees) {
    throw undeclared(
      `the user ${user} may not see since when other transactions are open`,
      `GRANT pg_read_all_stats TO "${user}" (and keep track_activities on), or ${declare}`,
    );
  }
  const waited = BigInt(lag === undefined ? 0 : milliseconds(lag)) * 1000n;
  const lagged = lag === undefined ? '' : `, less a declared lag of ${lag}`;
  if (replica !== null) {
    const { replayed } = replica;
    if (replayed === null) {
      throw new DaybreakError('Transient', {
        where: `source ${source}`,
        what: 'the replica has not replayed a transaction yet, and cannot say how far it is',
        next: 'wait until something is written in the database that it follows',
      });
    }
    return { cut: instant(least(clock, replayed) - waited), cutBy: `the last transaction of the replica${lagged}` };
  }
  const begun = sees ? oldest : null;
  const found = least(clock - UNSEEN, begun);
  const cutBy = `${found === begun ? 'the oldest open transaction' : "the database's clock"}${lagged}`;
  if (prepared === null) return { cut: instant(found - waited), cutBy };
  if (lag !== undefined) {
    const before = least(found, prepared) - waited;
    return {
      cut: instant(before),
      cutBy: before < found - waited ? `the oldest prepared transaction${lagged}` : cutBy,
    };
  }
  if (since !== null) return { cut: since, cutBy: 'the cut before, as a transaction is prepared that may be older' };
  throw undeclared(
    'a transaction is prepared, and since when it is open cannot be known',
    `commit it (see pg_prepared_xacts), or ${declare}`,
  );
}

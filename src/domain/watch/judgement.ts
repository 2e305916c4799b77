/** How much a trouble matters, and when a person is woken. Pure: `now` is an argument. */
import type { FailureKind } from '../failure';
import { ATTEMPTS, FAILURE_KINDS } from '../failure';
import type { Severity } from './message';

export interface Matter {
  /** Class of the failure; `null` where nothing failed, such as a run that is slow. */
  readonly failure: string | null;
  /** Attempts made so far; 0 where nobody tries any more. */
  readonly attempt: number;
  /** Something goes on that may still end well by itself. */
  readonly goesOn: boolean;
  /** It shows in nothing but its being late: no failure, no silence, no step that is slower than usual. */
  readonly healthy: boolean;
  /** P90 of what remains until an edition is out, in ms; `null` before the first nights were seen. */
  readonly remainingMs: number | null;
  readonly repairMs: number;
  /** From now to the deadline, in ms; negative when it has passed, `null` when nobody waits for the data. */
  readonly slackMs: number | null;
  /** The edition of that day, or of a later one, is live. */
  readonly fresh: boolean;
  /** People are about: nothing is gained by waiting for the morning. */
  readonly awake: boolean;
}

/** Attempts that are left of a class; a class that we do not know is tried on. */
export function attemptsLeft(failure: string | null, attempt: number): number {
  if (failure === null) return Number.POSITIVE_INFINITY;
  const handling = FAILURE_KINDS[failure as FailureKind] as (typeof FAILURE_KINDS)[FailureKind] | undefined;
  return Math.max(0, (handling === undefined ? Number.POSITIVE_INFINITY : ATTEMPTS[handling]) - attempt);
}

/**
 * The rule. A trouble is critical when what remains, at its P90, and the time that a repair takes are more than the time to
 * the deadline; degraded when they are more than half of it. A run that is healthy needs no repair: it is critical only when
 * it cannot be there in time. How often something was tried changes nothing by itself.
 */
export function severityOf(matter: Matter): Severity {
  const { slackMs, remainingMs, repairMs, fresh, healthy, awake, goesOn } = matter;
  if (fresh) return 'routine';
  const willHeal = goesOn && attemptsLeft(matter.failure, matter.attempt) > 0;
  if (slackMs === null) return willHeal || healthy ? 'routine' : 'degraded';
  const needs = (remainingMs ?? 0) + (healthy ? 0 : repairMs);
  if (slackMs <= 0 || needs > slackMs) return 'critical';
  if (needs > slackMs / 2) return 'degraded';
  return awake && !willHeal && !healthy ? 'degraded' : 'routine';
}

/** Temporal's Schedules: what there is of them, and whether somebody changed one of ours. */
import { type Client, type ScheduleDescription, ScheduleNotFoundError } from '@temporalio/client';
import { APPLIED, type AppliedSchedule, differences } from '../domain/schedule';
import { describedFacts } from './schedule-facts';

/** A schedule as it is now. Instants are ISO 8601. */
export interface ScheduleSeen {
  readonly paused: boolean;
  /** Why it is paused or goes on, or what made it. */
  readonly note: string | null;
  /** What is not as it was applied: `cron: 0 2 * * * -> 0 5 * * *`. Empty for one that nobody touched. */
  readonly changedByHand: readonly string[];
  /** At most five, jitter included; empty while no start is to come. */
  readonly nextDue: readonly string[];
  /** The newest starts, oldest first, at most ten. */
  readonly recent: readonly { readonly dueAt: string; readonly workflowId: string; readonly runId: string }[];
  readonly running: readonly { readonly workflowId: string; readonly runId: string }[];
  /** Starts that came too late to be made up for, since it was made. */
  readonly missedCatchup: number;
  /** Starts that were left out because a run was going on. */
  readonly overlapSkipped: number;
}

const DESCRIBE_MS = 10_000;
const NEXT = 5;
/** Of a schedule of our name that does not hold what we keep with ours. */
const REPLACED = 'all of it: it was made or replaced by somebody else';

/** `undefined` where the server knows no such schedule. */
export async function described(client: Client, id: string): Promise<ScheduleDescription | undefined> {
  const handle = client.schedule.getHandle(id);
  try {
    return await client.withDeadline(Date.now() + DESCRIBE_MS, async () => await handle.describe());
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}

/** What we keep with a schedule of ours; `undefined` in one that is not, or not any more. */
export const appliedOf = (description: ScheduleDescription): AppliedSchedule | undefined =>
  description.action.memo?.[APPLIED] as AppliedSchedule | undefined;

function changedByHand(description: ScheduleDescription): string[] {
  const applied = appliedOf(description);
  if (applied === undefined) return [REPLACED];
  return applied.made === null ? [] : differences(applied.made, describedFacts(description));
}

/** As far as the server tells; `null` where it knows no such schedule. */
export async function describeSchedule(client: Client, id: string): Promise<ScheduleSeen | null> {
  const description = await described(client, id);
  return description === undefined ? null : seen(description);
}

function seen(description: ScheduleDescription): ScheduleSeen {
  const { state, info } = description;
  const run = ({ workflow }: (typeof info.runningActions)[number]) => ({
    workflowId: workflow.workflowId,
    runId: workflow.firstExecutionRunId,
  });
  return {
    paused: state.paused,
    note: state.note || null,
    changedByHand: changedByHand(description),
    nextDue: info.nextActionTimes.slice(0, NEXT).map((time) => time.toISOString()),
    recent: info.recentActions.map(({ scheduledAt, action }) => ({ dueAt: scheduledAt.toISOString(), ...run(action) })),
    running: info.runningActions.map(run),
    missedCatchup: info.numActionsMissedCatchupWindow,
    overlapSkipped: info.numActionsSkippedOverlap,
  };
}

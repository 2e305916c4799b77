/** What people need to know of how a run ended. No zod here: workflows import it. */
import type { RunResult } from '../run';
import type { RunEnded } from './settings';

/** Without the rows and files of it. */
export const endedOf = (result: RunResult): RunEnded => ({
  workflowId: result.workflowId,
  runId: result.runId,
  asOf: result.window?.asOf ?? null,
  outcome: result.outcome,
  edition: result.edition,
  live: result.live,
  failure: result.failure ?? null,
  skipped: result.skipped ?? [],
  finished: result.sources.length + result.models.length,
  checks: result.checks
    .filter(({ outcome }) => outcome !== 'pass')
    .map(({ name, subject, outcome, observed, expected }) => ({ name, subject, outcome, observed, expected })),
  quarantined: result.sources.reduce((sum, source) => sum + source.quarantined, 0),
  seconds: result.seconds,
});

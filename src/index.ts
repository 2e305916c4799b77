/** The public API. */
export { connectDaybreak, daybreak } from './client';
export type {
  Daybreak,
  IncidentAnswer,
  IncidentAnswered,
  IncidentFound,
  IncidentListed,
  Incidents,
  PendingStep,
  ProgressUpdate,
  RunRef,
  RunSummary,
  ScheduleApplied,
  Schedules,
  StartOptions,
} from './client';
export { type Config, loadConfig } from './config';
export type { Edition, EditionTable, Release } from './domain/edition';
export { DaybreakError, type FailureKind } from './domain/failure';
export type * from './domain/run';
export type { RunPreview } from './domain/preview';
export type { Reason } from './domain/plan-reasons';
export { type PreviewOptions, previewRun } from './preview';
export type {
  Backtested,
  EditionDiff,
  EditionSummary,
  Published,
  Quarantined,
  TableDiff,
  Thresholds,
} from './published';

/** What reads one lane of a source: an attempt of its activity. */
import type { PlanDocument, PlannedSource } from '../domain/plan';
import type { Receipt } from '../domain/receipt';

export interface Lane {
  readonly plan: PlanDocument;
  readonly source: PlannedSource;
  readonly scratch: string;
  readonly attempt: number;
  /** The attempt's own mark in file names. */
  readonly token: string;
  /** Called when a part or a chunk is there: whether it was before. */
  onChunk(receipt: Receipt, known: boolean): void;
  onProgress(done: number): void;
}

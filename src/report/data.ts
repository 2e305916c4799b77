/** What a report is made of, before it is a page: values are text as the engine writes them, so that nothing is rounded. */
import type { Edition, EditionTable } from '../domain/edition';
import type { Column } from '../domain/receipt';
import type { ReportDefinition, SectionDefinition } from '../domain/report';

export type Cell = string | null;

export interface Rows {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** There were more rows than are shown. */
  readonly truncated: boolean;
}

/** What came of a SELECT: rows, or why there are none, in words for the page. */
export type Answer = Rows | { readonly problem: string };

export interface Section {
  readonly definition: SectionDefinition;
  readonly answer: Answer;
}

/** What rows stand in the order of; of more than fit, the first or the latest are shown. */
export interface Order {
  readonly by: readonly string[];
  readonly latest: boolean;
}

export interface Page {
  readonly title: string;
  readonly note?: string;
  readonly sections: readonly Section[];
}

/** A source as the run found it; `null` is what is not known any more. */
export interface SourceFacts {
  readonly name: string;
  /** It may be missing, and was. */
  readonly absent: boolean;
  readonly rows: number;
  /** Rows that this run read; the others were known from earlier ones. */
  readonly read: number | null;
  readonly quarantined: number | null;
  readonly parts: number | null;
  /** Parts that an earlier run had read. */
  readonly reusedParts: number | null;
  /** Parts that this run had committed before an attempt that was tried again. */
  readonly resumedParts: number | null;
  /** Spent on reading parts, by all lanes together. */
  readonly seconds: number | null;
  readonly cut: string | null;
}

export interface ModelFacts {
  readonly name: string;
  readonly rows: number;
  readonly reused: boolean;
  readonly seconds: number;
}

/** What the run did. */
export interface Operations {
  readonly releasedAt: string | null;
  readonly sources: readonly SourceFacts[];
  /** `null` when the run's plan is not in the store any more. */
  readonly models: readonly ModelFacts[] | null;
}

export interface ReportData {
  readonly edition: Edition;
  readonly title: string;
  readonly locale: string;
  readonly currency: string;
  readonly headline: { readonly definition: NonNullable<ReportDefinition['headline']>; readonly answer: Answer } | null;
  /** As declared. */
  readonly pages: readonly Page[];
  /** Some rows of each table, where nothing is declared. */
  readonly tables: readonly { readonly table: EditionTable; readonly order: Order; readonly answer: Answer }[];
  readonly operations: Operations;
}

export const isProblem = (answer: Answer): answer is { readonly problem: string } => 'problem' in answer;

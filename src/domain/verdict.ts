/** Judging what checks measured. Pure: what is not clearly good is not good. */
import type { CheckResult } from './run';

/** What a check found on the data. */
export type Measurement =
  | {
      readonly passed: boolean;
      readonly observed: string;
      readonly expected: string;
      readonly evidence?: string;
      /** No row fails it, of a check that goes by rows: some may be allowed to. */
      readonly clean?: boolean;
    }
  /** It could not be measured: SQL error, time-out, missing table. */
  | { readonly error: string; readonly expected: string };

/** What a check of type drift expects. */
export const atMostDrift = (max: number): string => `population stability index at most ${max}`;

export interface Verdict {
  readonly passed: boolean;
  readonly results: readonly CheckResult[];
}

/** One check's result: a warning never stops, an error in measuring counts as failing. */
export function judge(
  check: { readonly name: string; readonly subject: string; readonly severity: 'error' | 'warn' },
  measured: Measurement,
): CheckResult {
  const { name, subject, severity } = check;
  const base = { name, subject, severity, expected: measured.expected };
  if ('error' in measured) return { ...base, outcome: 'error', observed: measured.error };
  const outcome = measured.passed ? 'pass' : severity === 'warn' ? 'warn' : 'fail';
  const evidence = measured.evidence === undefined ? {} : { evidence: measured.evidence };
  return { ...base, outcome, observed: measured.observed, ...evidence };
}

/** A check closes its gate when it fails, or when it could not be measured, whatever its severity. */
export const stops = ({ outcome }: Pick<CheckResult, 'outcome'>): boolean => outcome === 'fail' || outcome === 'error';

export const passes = (results: readonly CheckResult[]): boolean => !results.some(stops);

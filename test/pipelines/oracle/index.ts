/**
 * The published tables of customer-analytics once more, in plain TypeScript over whole numbers: written from the
 * definitions and not from the SQL, slow and plain, so that the two are right or wrong for different reasons.
 */
import { categoryMetrics } from './categories';
import { cohortRetention } from './cohorts';
import { customerMetrics } from './customers';
import { dailyRevenue } from './daily';
import { insights } from './insights';
import { type Facts, factsOf } from './ledger';
import { productMetrics } from './products';
import type { Row, Setting, Sources } from './rows';
import { executiveSummary } from './summary';
import { reconciliation, unattributed } from './totals';

export const TABLES = {
  customer_metrics: customerMetrics,
  product_metrics: productMetrics,
  category_metrics: categoryMetrics,
  daily_revenue: dailyRevenue,
  cohort_retention: cohortRetention,
  executive_summary: executiveSummary,
  unattributed,
  reconciliation,
  insights,
} as const satisfies Record<string, (facts: Facts) => Row[]>;
export type Table = keyof typeof TABLES;

/** The rows of every table, in the order of their keys. */
export function oracle(sources: Sources, setting: Setting): Record<Table, Row[]> {
  const facts = factsOf(sources, setting);
  return Object.fromEntries(Object.entries(TABLES).map(([name, rows]) => [name, rows(facts)])) as Record<Table, Row[]>;
}

/** check: measuring, judging, and the gate of the tables after the transform. */
import type { Check } from '../domain/definition';
import type { PlanDocument } from '../domain/plan';
import type { CheckResult } from '../domain/run';
import { judge, type Measurement, passes, type Verdict } from '../domain/verdict';
import { beating, queryBeat } from './beat';
import { prepareLiveTables } from './live-tables';
import type { Services } from './services';
import { loadPlan, openRun, prepareTables } from './tables';

export interface Subject {
  readonly check: Check;
  readonly subject: string;
}

/** `unique order_id, line_no` */
function nameOf(check: Check): string {
  if (check.name !== undefined) return check.name;
  const on =
    'columns' in check
      ? check.columns.join(', ')
      : 'column' in check
        ? check.column
        : 'expression' in check
          ? check.expression
          : '';
  return `${check.type} ${on}`.trim();
}

/** Measures and judges what is not settled before; failing rows are kept as evidence. */
export async function measureAll(
  services: Services,
  plan: PlanDocument,
  step: string,
  checks: readonly Subject[],
  tables: readonly string[],
  settled: ReadonlyMap<Subject, Measurement> = new Map(),
): Promise<{ readonly result: CheckResult; readonly clean: boolean }[]> {
  const beat = queryBeat(step);
  return await beating(beat.details, async (signal) => {
    const run = await openRun(services, plan);
    await prepareTables(services, plan, tables, run, signal);
    const known = new Map([...settled, ...(await prepareLiveTables(services, plan, checks, run, signal))]);
    const open = checks.filter((subject) => !known.has(subject));
    const measured = await run.workspace.measure(open, {
      signal,
      deadlineMs: plan.deadline,
      onProgress: beat.onProgress,
    });
    services.failpoint('check.measured');
    const results = [];
    for (const [index, one] of checks.entries()) {
      const { check, subject } = one;
      const found = measured[open.indexOf(one)];
      const measurement = known.get(one) ?? found?.measurement ?? { error: 'it was not measured', expected: '' };
      const sample = found?.sample ?? null;
      const name = nameOf(check);
      const result = judge({ name, subject, severity: check.severity }, measurement);
      const clean = 'clean' in measurement && measurement.clean === true;
      if (sample === null || result.outcome === 'pass') {
        results.push({ result, clean });
        continue;
      }
      const evidence = `evidence/${plan.pipeline}/${plan.runId}/${step}-${index}`;
      await services.store.putIfAbsent(evidence, { name, subject, ...sample });
      results.push({ result: { ...result, evidence }, clean });
    }
    return results;
  });
}

/** Models whose earlier table was not what its inputs gave: made whole by this run, and a reason to look before readers do. */
async function mismatches(services: Services, plan: PlanDocument): Promise<CheckResult[]> {
  const followed = plan.models.filter(({ increment }) => increment !== undefined);
  const receipts = await services.ledger.findAll(followed.map(({ fingerprint }) => fingerprint));
  return receipts.flatMap((receipt) =>
    receipt?.mismatch === undefined || receipt.runId !== plan.runId
      ? []
      : [
          judge(
            { name: 'incremental', subject: receipt.name, severity: 'error' },
            {
              passed: false,
              observed: receipt.mismatch,
              expected: 'the rows that a rebuild gives; the table is rebuilt now, and the next run goes on from that',
            },
          ),
        ],
  );
}

/** Judges the finished tables. */
export async function validateDataQuality(services: Services, planKey: string): Promise<Verdict> {
  const plan = await loadPlan(services, planKey);
  // Views too: a check may read any of them, and they cost nothing.
  const tables = [...plan.sources, ...plan.models].map(({ name }) => name);
  const measured = await measureAll(services, plan, 'validate_data_quality', plan.checks, tables);
  const results = [...measured.map(({ result }) => result), ...(await mismatches(services, plan))];
  return { passed: passes(results), results };
}

/** check: the gate of the sources before the transform, the gate of the tables after it. */
import type { Check } from '../domain/definition';
import type { PlanDocument, PlannedSource } from '../domain/plan';
import type { Receipt } from '../domain/receipt';
import type { CheckResult, Resumed } from '../domain/run';
import { judge, passes, type Verdict } from '../domain/verdict';
import { beating, queryBeat } from './beat';
import type { Services } from './services';
import { loadPlan, openRun, partReceipts, prepareTables } from './tables';

export interface SourceVerdict extends Verdict {
  readonly resumed: Pick<Resumed, 'lost' | 'duplicated'>;
}

interface Subject {
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

async function measureAll(
  services: Services,
  plan: PlanDocument,
  step: string,
  checks: readonly Subject[],
  tables: readonly string[],
): Promise<CheckResult[]> {
  const beat = queryBeat(step);
  return await beating(beat.details, async (signal) => {
    const run = await openRun(services, plan);
    await prepareTables(services, plan, tables, run);
    const measured = await run.workspace.measure(checks, {
      signal,
      deadlineMs: plan.deadline,
      onProgress: beat.onProgress,
    });
    services.failpoint('check.measured');
    const results: CheckResult[] = [];
    for (const [index, { check, subject }] of checks.entries()) {
      const { measurement = { error: 'it was not measured', expected: '' }, sample = null } = measured[index] ?? {};
      const name = nameOf(check);
      const result = judge({ name, subject, severity: check.severity }, measurement);
      if (sample === null || result.outcome === 'pass') {
        results.push(result);
        continue;
      }
      const evidence = `evidence/${plan.pipeline}/${plan.runId}/${step}-${index}`;
      await services.store.putIfAbsent(evidence, { name, subject, ...sample });
      results.push({ ...result, evidence });
    }
    return results;
  });
}

/** What the ledger proves of a source, without asking the attempts. */
function accounting(source: PlannedSource, receipts: readonly Receipt[], merged: { rows: number; checksum: string }) {
  const accepted = receipts.reduce((sum, receipt) => sum + receipt.rows, 0);
  const quarantined = receipts.reduce((sum, receipt) => sum + (receipt.quarantined ?? 0), 0);
  const planned = source.parts.reduce((sum, part) => sum + part.records, 0);
  const read = accepted + quarantined;
  const keys = receipts.map((receipt) => receipt.keyChecksum);
  const checksum = keys.reduce((sum, key) => sum + BigInt(key ?? 0), 0n).toString();
  const sameKeys = keys.includes(null) || checksum === merged.checksum;
  return {
    accepted,
    quarantined,
    read,
    lost: Math.max(0, planned - read) + Math.max(0, accepted - merged.rows),
    duplicated: Math.max(0, read - planned) + Math.max(0, merged.rows - accepted) + (sameKeys ? 0 : 1),
    sameKeys,
  };
}

/** Judges all deliveries: conservation, quarantine, and what each source declares. */
export async function validateSources(services: Services, planKey: string): Promise<SourceVerdict> {
  const plan = await loadPlan(services, planKey);
  const results: CheckResult[] = [];
  const resumed = { lost: 0, duplicated: 0 };
  const run = await openRun(services, plan);
  await prepareTables(
    services,
    plan,
    plan.sources.map(({ name }) => name),
    run,
  );
  for (const source of plan.sources) {
    const receipts = await partReceipts(services, source);
    const key = source.definition.key ?? [];
    const merged =
      key.length === 0 || receipts.length === 0
        ? { rows: receipts.reduce((sum, receipt) => sum + receipt.rows, 0), checksum: '0' }
        : await beating(
            () => ({ step: 'validate_sources', source: source.name }),
            async (signal) => await run.workspace.keyChecksum(source.name, key, { signal, deadlineMs: plan.deadline }),
          );
    const counted = accounting(source, receipts, merged);
    resumed.lost += counted.lost;
    resumed.duplicated += counted.duplicated;
    const { max_quarantined: share } = source.definition;
    const subject = source.name;
    results.push(
      judge(
        { name: 'conservation', subject, severity: 'error' },
        {
          passed: counted.lost === 0 && counted.duplicated === 0,
          observed: `${counted.read} read = ${counted.accepted} accepted + ${counted.quarantined} quarantined; ${counted.lost} lost, ${counted.duplicated} duplicated`,
          expected: `every record once, keys as they were read`,
        },
      ),
      judge(
        { name: 'quarantined', subject, severity: 'error' },
        {
          passed: counted.quarantined <= counted.read * share,
          observed: `${counted.quarantined} of ${counted.read} records`,
          expected: share === 0 ? 'none' : `at most ${share * 100} %`,
          ...(counted.quarantined === 0 ? {} : { evidence: await quarantineSample(services, plan, source, receipts) }),
        },
      ),
    );
  }
  const checks = plan.sources.flatMap((source) =>
    source.definition.checks.map((check) => ({ check, subject: source.name })),
  );
  results.push(...(await measureAll(services, plan, 'validate_sources', checks, [])));
  return { passed: passes(results), results, resumed };
}

const SAMPLE_ROWS = 20;

/** The first quarantined records, with file, number, reason and raw text, kept where evidence is kept. */
async function quarantineSample(
  services: Services,
  plan: PlanDocument,
  source: PlannedSource,
  receipts: readonly Receipt[],
): Promise<string> {
  const { workspace, folder } = await openRun(services, plan);
  const paths: string[] = [];
  for (const { quarantine } of receipts)
    if (quarantine !== undefined) paths.push(await services.store.link(quarantine, folder));
  const table = `quarantine_${source.name}`;
  await workspace.table(table, paths, []);
  const sample = await workspace.query(`SELECT * FROM "${table}" ORDER BY file, record LIMIT ${SAMPLE_ROWS}`);
  const key = `evidence/${plan.pipeline}/${plan.runId}/quarantined-${source.name}`;
  await services.store.putIfAbsent(key, { name: 'quarantined', subject: source.name, ...sample });
  return key;
}

/** Judges the finished tables. */
export async function validateDataQuality(services: Services, planKey: string): Promise<Verdict> {
  const plan = await loadPlan(services, planKey);
  const tables = [
    ...plan.sources.map(({ name }) => name),
    ...plan.models.filter((model) => model.written).map(({ name }) => name),
  ];
  const results = await measureAll(services, plan, 'validate_data_quality', plan.checks, tables);
  return { passed: passes(results), results };
}

/** check: the gate of the sources, before the transform. */
import { account, type Accounting } from '../domain/accounting';
import type { PlanDocument, PlannedSource } from '../domain/plan';
import type { Receipt } from '../domain/receipt';
import type { CheckResult, Resumed } from '../domain/run';
import { identifier, identifiers } from '../domain/sql';
import { judge, passes, type Verdict } from '../domain/verdict';
import { beating } from './beat';
import { measureAll } from './check';
import { marksOf, measureAdded } from './proven';
import { accountFamily, settleSnapshots, type TableFindings } from './check-table';
import type { Services } from './services';
import { fileLayers, isMerged, linkFiles, loadPlan, openRun, partReceipts, prepareTables } from './tables';
import { watchingWaits } from './waiting';

export interface SourceVerdict extends Verdict {
  readonly resumed: Pick<Resumed, 'lost' | 'duplicated'>;
}

type Run = Awaited<ReturnType<typeof openRun>>;

const SAMPLE_ROWS = 20;

/** The first quarantined records, with file, number, reason and raw text, kept where evidence is kept. */
async function quarantineSample(
  services: Services,
  plan: PlanDocument,
  name: string,
  receipts: readonly Receipt[],
  run: Run,
  signal: AbortSignal,
): Promise<string> {
  const paths = await linkFiles(
    services,
    receipts.map(({ quarantine }) => quarantine),
    run.folder,
  );
  // With blanks, as no table of a pipeline has.
  const table = `quarantined of ${name}`;
  await run.workspace.table(table, paths, [], { signal });
  const sample = await run.workspace.query(
    `SELECT * FROM ${identifier(table)} ORDER BY file, record LIMIT ${SAMPLE_ROWS}`,
    { signal },
  );
  const key = `evidence/${plan.pipeline}/${plan.runId}/quarantined-${name}`;
  await services.store.putIfAbsent(key, { name: 'quarantined', subject: name, ...sample });
  return key;
}

const linked = async (services: Services, receipts: readonly Receipt[], run: Run): Promise<string[]> =>
  await linkFiles(
    services,
    receipts.map(({ data }) => data),
    run.folder,
  );

/** Rows whose key another row of the same file has: which of them is the later one nobody knows. */
async function doubledKeys(
  services: Services,
  source: PlannedSource,
  receipts: readonly Receipt[],
  run: Run,
  signal: AbortSignal,
): Promise<number> {
  let doubled = 0;
  for (const file of fileLayers(receipts)) {
    const table = `file of ${source.name}`;
    await run.workspace.table(table, await linked(services, file.receipts, run), source.schema, { signal });
    const key = identifiers(source.definition.key ?? []);
    const { rows } = await run.workspace.query(
      `SELECT count(*) - count(DISTINCT (${key})) AS n FROM ${identifier(table)}`,
      { signal },
    );
    doubled += Number(rows[0]?.n ?? 0);
  }
  return doubled;
}

/** Conservation and quarantine: what every source is held to. */
async function judgeDelivery(
  services: Services,
  plan: PlanDocument,
  source: PlannedSource,
  found: TableFindings | undefined,
  run: Run,
  signal: AbortSignal,
): Promise<{ counted: Pick<Accounting, 'lost' | 'duplicated'>; results: CheckResult[] }> {
  if (found !== undefined) {
    return { counted: found, results: await judgeCounts(services, plan, source, found, run, signal) };
  }
  const receipts = await partReceipts(services, plan, source);
  const { key } = source.definition;
  let table = source.name;
  let doubled = 0;
  if (isMerged(source.definition)) {
    doubled = await doubledKeys(services, source, receipts, run, signal);
    // What was read is judged before it is merged.
    table = `delivery of ${source.name}`;
    await run.workspace.table(table, await linked(services, receipts, run), source.schema, { signal });
  }
  const merged =
    key === undefined || receipts.length === 0
      ? null
      : await run.workspace.keyChecksum(table, key, { signal, deadlineMs: plan.deadline });
  const planned = source.parts.reduce((sum, part) => sum + part.records, 0);
  const told = account(planned, receipts, merged);
  const counted = { ...told, duplicated: told.duplicated + doubled };
  const { accepted, quarantined, read, lost, duplicated } = counted;
  const observed = `${read} read = ${accepted} accepted + ${quarantined} quarantined; ${lost} lost, ${duplicated} duplicated`;
  return {
    counted,
    results: await judgeCounts(services, plan, source, { ...counted, observed, receipts }, run, signal),
  };
}

/** Nothing lost or doubled, and no more set aside than is declared. */
async function judgeCounts(
  services: Services,
  plan: PlanDocument,
  source: PlannedSource,
  found: Omit<TableFindings, 'table'>,
  run: Run,
  signal: AbortSignal,
): Promise<CheckResult[]> {
  const { accepted, quarantined, lost, duplicated, receipts } = found;
  const share = source.definition.max_quarantined;
  const read = accepted + quarantined;
  const subject = source.name;
  const evidence =
    quarantined === 0 ? {} : { evidence: await quarantineSample(services, plan, source.name, receipts, run, signal) };
  return [
    judge(
      { name: 'conservation', subject, severity: 'error' },
      {
        passed: lost === 0 && duplicated === 0,
        observed: found.observed,
        expected: 'every record once, with the keys that were read',
      },
    ),
    judge(
      { name: 'quarantined', subject, severity: 'error' },
      {
        passed: quarantined <= read * share,
        observed: `${quarantined} of ${read} records`,
        expected: share === 0 ? 'none' : `at most ${share * 100} %`,
        ...evidence,
      },
    ),
  ];
}

/** Rows that row-level security keeps from us look as if they were deleted. */
const hiddenRows = ({ name, table }: PlannedSource): CheckResult[] =>
  table?.hidesRows === true
    ? [
        judge(
          { name: 'row-level security', subject: name, severity: 'warn' },
          { passed: false, observed: 'it shows us only some rows', expected: 'all rows; `daybreak doctor` says how' },
        ),
      ]
    : [];

/** Judges all deliveries: conservation, quarantine, and what each source declares. */
export async function validateSources(given: Services, planKey: string): Promise<SourceVerdict> {
  const { services, waiting } = watchingWaits(given);
  const plan = await loadPlan(services, planKey);
  const names = plan.sources.map(({ name }) => name);
  const results: CheckResult[] = [];
  const tables = new Map<string, TableFindings>();
  const resumed = { lost: 0, duplicated: 0 };
  await beating(
    () => ({ step: 'validate_sources', sources: results.length / 2, of: names.length, ...waiting() }),
    async (signal) => {
      const run = await openRun(services, plan);
      await prepareTables(services, plan, names, run, signal);
      for (const source of plan.sources) {
        if (source.table?.parent === source.name)
          for (const found of await accountFamily(services, plan, source, run, signal)) tables.set(...found);
        const judged = await judgeDelivery(services, plan, source, tables.get(source.name), run, signal);
        results.push(...judged.results);
        resumed.lost += judged.counted.lost;
        resumed.duplicated += judged.counted.duplicated;
      }
    },
  );
  results.push(...plan.sources.flatMap(hiddenRows));
  const checks = plan.sources.flatMap((source) =>
    source.definition.checks.map((check) => ({ check, subject: source.name })),
  );
  const marks = await marksOf(services, plan, checks);
  const settled = await measureAdded(services, plan, checks, marks);
  const measured = await measureAll(services, plan, 'validate_sources', checks, names, settled);
  results.push(...measured.map(({ result }) => result));
  const proven = checks.filter((_, index) => measured[index]?.clean === true);
  await settleSnapshots(services, plan, results, tables, (name) =>
    proven.flatMap((one) => (one.subject === name ? (marks.get(one) ?? []) : [])),
  );
  return { passed: passes(results), results, resumed };
}

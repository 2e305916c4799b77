/**
 * Checks of a database's table that each row passes or fails on its own: where no row of the accepted snapshot failed,
 * only rows that came since have to be looked at, as a snapshot's other rows are those it had.
 */
import type { Check } from '../domain/definition';
import type { PlanDocument, PlannedSource } from '../domain/plan';
import type { Measurement } from '../domain/verdict';
import { beating } from './beat';
import type { Subject } from './check';
import { fingerprint } from './fingerprint';
import { goneKey } from './layers';
import type { Services } from './services';
import { linkFiles, openRun, partReceipts } from './tables';

const OF_ROWS: ReadonlySet<Check['type']> = new Set(['not_null', 'accepted_values', 'range', 'expression']);

const equal = (one: readonly string[], other: readonly string[]) =>
  one.length === other.length && one.every((name, index) => name === other[index]);

/** Rows of one parent come from one layer: two that are equal in its key are in the same, and so is the parent. */
function isOfRows(check: Check, { name, table }: PlannedSource, plan: PlanDocument): boolean {
  if (table === undefined) return false;
  if (check.type === 'unique') return table.parentKey.every((column) => check.columns.includes(column));
  if (check.type !== 'references') return OF_ROWS.has(check.type);
  const parent = plan.sources.find((source) => source.name === table.parent);
  const target = check.to_columns ?? check.columns;
  const isParent = check.to === table.parent && check.to !== name && equal(check.columns, table.parentKey);
  return isParent && equal(target, parent?.table?.parentKey ?? []);
}

/** Whether rows pass an expression whenever it is asked. */
async function isLasting(services: Services, { check }: Subject): Promise<boolean> {
  if (check.type !== 'expression') return true;
  const [parsed] = await services.engine.parse([`SELECT (${check.expression}\n) FROM source`]);
  return parsed?.steady === true && parsed.notRowWise === undefined && parsed.variables.length === 0;
}

/** What each such check is known by in snapshots. */
export async function marksOf(
  services: Services,
  plan: PlanDocument,
  checks: readonly Subject[],
): Promise<Map<Subject, string>> {
  const marks = new Map<Subject, string>();
  for (const one of checks) {
    const source = plan.sources.find(({ name }) => name === one.subject);
    if (source?.table === undefined || !isOfRows(one.check, source, plan) || !(await isLasting(services, one)))
      continue;
    marks.set(one, fingerprint({ ...one, declared: source.table.declared, parentKey: source.table.parentKey }));
  }
  return marks;
}

async function provenBefore(services: Services, plan: PlanDocument, { table }: PlannedSource): Promise<Set<string>> {
  const base = table?.base;
  const snapshot = base === null || base === undefined ? undefined : await services.snapshots(plan.pipeline).get(base);
  return new Set(snapshot?.proven);
}

/** Settles checks that no row of the snapshot before failed, and none that came since; others are for the whole table. */
export async function measureAdded(
  services: Services,
  plan: PlanDocument,
  checks: readonly Subject[],
  marks: ReadonlyMap<Subject, string>,
): Promise<Map<Subject, Measurement>> {
  const settled = new Map<Subject, Measurement>();
  await beating(
    () => ({ step: 'validate_sources', settled: settled.size }),
    async (signal) => {
      const { workspace, folder } = await openRun(services, plan);
      for (const source of plan.sources) {
        const proven = await provenBefore(services, plan, source);
        // Without its parent, a row that was there before fails.
        const isWhole = (await services.ledger.find(goneKey(plan, source.table?.parent ?? ''))) === undefined;
        const known = checks.filter(
          (one) =>
            one.subject === source.name &&
            proven.has(marks.get(one) ?? '') &&
            (isWhole || one.check.type !== 'references'),
        );
        if (known.length === 0) continue;
        const added = `added to ${source.name}`;
        const receipts = await partReceipts(services, plan, source);
        const paths = await linkFiles(
          services,
          receipts.map(({ data }) => data),
          folder,
        );
        await workspace.table(added, paths, source.schema, { signal });
        const measured = await workspace.measure(
          known.map(({ check }) => ({ check, subject: added })),
          { signal, deadlineMs: plan.deadline },
        );
        for (const [index, one] of known.entries()) {
          const found = measured[index]?.measurement;
          if (found === undefined || !('clean' in found) || found.clean !== true) continue;
          settled.set(one, { ...found, observed: `${found.observed} of those that came or changed, none before` });
        }
      }
    },
  );
  return settled;
}

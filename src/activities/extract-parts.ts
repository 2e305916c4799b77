/** extract: one lane of a source of files, part by part. */
import { join } from 'node:path';
import type { Source } from '../adapters/source';
import { DaybreakError } from '../domain/failure';
import type { PlannedPart } from '../domain/plan';
import type { DataFile, Receipt } from '../domain/receipt';
import { secondsSince } from './beat';
import type { Lane } from './lane';
import type { Services } from './services';

/** Reads and commits one part. Who commits first wins; the receipt that is true comes back either way. */
async function extractPart(
  services: Services,
  lane: Lane,
  open: Source,
  part: PlannedPart,
  signal: AbortSignal,
): Promise<Receipt> {
  const { store, ledger } = services;
  const started = Date.now();
  const target = {
    data: join(lane.scratch, 'part.parquet'),
    quarantine: join(lane.scratch, 'quarantine.parquet'),
    scratch: lane.scratch,
  };
  const read = await open.read(part, target, { signal, onProgress: lane.onProgress });
  services.failpoint('part.written');
  const name = `parts/${part.fingerprint.slice(0, 24)}.${lane.token}`;
  const quarantine: { quarantine?: DataFile } =
    read.quarantined === 0 ? {} : { quarantine: await store.seal(target.quarantine, `${name}.quarantine.parquet`) };
  const data = await store.seal(target.data, `${name}.parquet`);
  const { fingerprint: _, ...range } = part;
  const { receipt } = await ledger.commit({
    name: lane.source.name,
    fingerprint: part.fingerprint,
    data,
    rows: read.rows,
    schema: read.schema,
    keyChecksum: read.keyChecksum,
    attempt: lane.attempt,
    seconds: secondsSince(started),
    madeAt: new Date().toISOString(),
    runId: lane.plan.runId,
    part: range,
    quarantined: read.quarantined,
    ...quarantine,
  });
  services.failpoint('part.committed');
  return receipt;
}

/** Reads what is missing of the lane's parts. */
export async function extractParts(
  services: Services,
  lane: Lane,
  parts: readonly PlannedPart[],
  signal: AbortSignal,
): Promise<void> {
  const { plan, source, scratch } = lane;
  const { definition, mapping } = source;
  if (definition.type === 'postgres') throw new DaybreakError('Bug', { what: `${source.name} has no files` });
  let opened: Awaited<ReturnType<Services['openSource']>> | undefined;
  try {
    for (const part of parts) {
      signal.throwIfAborted();
      const known = await services.ledger.findIntact(part.fingerprint);
      let receipt = known;
      if (receipt === undefined) {
        opened ??= await services.openSource({
          name: source.name,
          definition,
          ...(mapping === undefined ? {} : { mapping }),
          folder: plan.folder,
          scratch,
          zone: plan.zone,
          variables: plan.variables,
        });
        receipt = await extractPart(services, lane, opened.source, part, signal);
      }
      lane.onChunk(receipt, known !== undefined);
    }
  } finally {
    await opened?.close().catch(() => undefined);
  }
}

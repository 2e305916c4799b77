/** extract: one lane of a table of a database, chunk by chunk; each is a fact as soon as it is in the ledger. */
import { join } from 'node:path';
import type { ChunkTarget, DatabaseSource } from '../adapters/source';
import { DaybreakError } from '../domain/failure';
import type { PlannedSource, PlannedStretch } from '../domain/plan';
import type { KeyBound, Receipt } from '../domain/receipt';
import type { CheckResult } from '../domain/run';
import { byteCount } from '../domain/window';
import { secondsSince } from './beat';
import { mayReadWhole, stoppedFullLoad } from './full-loads';
import type { Lane } from './lane';
import { databaseTables } from './layers';
import type { Services } from './services';

/** A chunk is to keep the database busy for about so long: a kill costs one, and nothing else waits for long. */
const CHUNK_SECONDS = 4;
const LEAST_RECORDS = 1_000;
const MOST_RECORDS = 1_000_000;

const within = (least: number, value: number, most: number) => Math.max(least, Math.min(most, Math.round(value)));

/** Rows of the first chunk: as many as a part has bytes. */
function firstRecords({ records, bytes }: PlannedStretch, partBytes: number): number {
  const each = records > 0 && bytes > 0 ? bytes / records : 200;
  return within(LEAST_RECORDS, partBytes / each, MOST_RECORDS);
}

/** Twice as many at most, and half as few: the database's answer time decides. */
function nextRecords(records: number, seconds: number, most: number): number {
  const factor = within(50, (100 * CHUNK_SECONDS) / Math.max(seconds, 0.01), 200) / 100;
  return within(LEAST_RECORDS, records * factor, Math.min(most, MOST_RECORDS));
}

async function commitChunk(
  services: Services,
  lane: Lane,
  stretch: PlannedStretch,
  from: KeyBound,
  targets: ReadonlyMap<string, ChunkTarget>,
  read: Awaited<ReturnType<DatabaseSource['read']>>,
  started: number,
): Promise<Receipt> {
  const { store, ledger } = services;
  const { plan, source, attempt, token } = lane;
  const key = ledger.chunkKey(stretch.fingerprint, from);
  const receipts: Receipt[] = [];
  for (const [name, target] of targets) {
    const made = read.tables.get(name);
    if (made === undefined) throw new DaybreakError('Bug', { what: `${name} was not read` });
    const file = `parts/${name}.${key.slice(0, 24)}.${token}`;
    const seal = async (path: string, kind: string) => await store.seal(path, `${file}${kind}.parquet`);
    receipts.push({
      name,
      fingerprint: key,
      ...(made.quarantined === 0 ? {} : { quarantine: await seal(target.quarantine, '.quarantine') }),
      ...(stretch.since === null ? {} : { touched: await seal(target.touched, '.touched') }),
      data: await seal(target.data, ''),
      rows: made.rows,
      schema: made.schema,
      keyChecksum: made.keyChecksum,
      attempt,
      seconds: secondsSince(started),
      madeAt: new Date().toISOString(),
      runId: plan.runId,
      quarantined: made.quarantined,
      chunk: {
        stretch: stretch.fingerprint,
        from,
        to: read.to,
        read: made.read,
        deleted: made.deleted,
        counted: made.counted,
      },
    });
  }
  const [parent, ...children] = receipts;
  if (parent === undefined) throw new DaybreakError('Bug', { what: `${source.name} was not read` });
  services.failpoint('part.written');
  const { receipt } = await ledger.commit({ ...parent, ...(children.length === 0 ? {} : { children }) });
  services.failpoint('part.committed');
  return receipt;
}

function targetsOf(family: readonly PlannedSource[], scratch: string): Map<string, ChunkTarget> {
  return new Map(
    family.map(({ name }) => [
      name,
      {
        data: join(scratch, `${name}.parquet`),
        quarantine: join(scratch, `${name}.quarantine.parquet`),
        touched: join(scratch, `${name}.touched.parquet`),
        scratch: join(scratch, name),
      },
    ]),
  );
}

/** Reads what is missing of the lane's stretches. Gives why it stopped before that, where the hours for full loads ended. */
export async function extractStretches(
  services: Services,
  lane: Lane,
  stretches: readonly PlannedStretch[],
  signal: AbortSignal,
): Promise<CheckResult | undefined> {
  const { plan, source, scratch } = lane;
  const family = plan.sources.filter(({ table }) => table?.parent === source.name);
  const targets = targetsOf(family, scratch);
  const partBytes = byteCount(lane.source.definition.part);
  let opened: DatabaseSource | undefined;
  try {
    for (const stretch of stretches) {
      const most = firstRecords(stretch, partBytes);
      let records = most;
      let from = stretch.from;
      for (;;) {
        signal.throwIfAborted();
        const known = await services.ledger.findIntact(services.ledger.chunkKey(stretch.fingerprint, from));
        let receipt = known;
        if (receipt === undefined) {
          const at = services.now();
          if (stretch.since === null && !mayReadWhole(plan, source, at)) return stoppedFullLoad(plan, source, at);
          opened ??= await services.openDatabase({ tables: databaseTables(family), ...plan, scratch });
          const started = Date.now();
          const range = { from, to: stretch.to };
          const read = await opened.read(
            { range, since: stretch.since, records, count: stretch.since !== null },
            targets,
            { signal, onProgress: lane.onProgress },
          );
          records = nextRecords(records, read.seconds, most);
          receipt = await commitChunk(services, lane, stretch, from, targets, read, started);
        }
        lane.onChunk(receipt, known !== undefined);
        const to = receipt.chunk?.to ?? null;
        if (JSON.stringify(to) === JSON.stringify(stretch.to)) break;
        from = to;
      }
    }
    return undefined;
  } finally {
    await opened?.close().catch(() => undefined);
  }
}

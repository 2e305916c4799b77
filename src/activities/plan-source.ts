/** Plans one source: its parts with their fingerprints, spread over lanes. */
import type { Pipeline } from '../adapters/definition/pipeline';
import type { PartPlan } from '../adapters/source';
import { columnList, type FileSourceDefinition } from '../domain/definition';
import { DaybreakError } from '../domain/failure';
import type { PlannedSource, TypedValue } from '../domain/plan';
import { milliseconds } from '../domain/window';
import { fingerprint } from './fingerprint';
import type { Planning } from './services';

/** From here on two lanes are worth their while. */
const TWO_LANES_BYTES = 256_000_000;
/** Raised whenever the readers make something else of the same bytes, so that old parts are not reused. */
const READERS = 1;
const LOOK_AGAIN_MS = 10_000;

interface Request {
  readonly pipeline: Pipeline;
  readonly name: string;
  readonly folder: string;
  readonly variables: Readonly<Record<string, TypedValue>>;
  /** Makes fingerprints new when everything is to be made anew. */
  readonly salt: string;
  readonly runId: string;
  /** When the run began to be planned, in milliseconds: waiting counts from then. */
  readonly since: number;
  readonly signal: AbortSignal;
  /** Hears for what it waits, while it does. */
  readonly onWaiting?: (waiting: string | null) => void;
}

/** Contiguous stretches of about equal bytes, at most one a part. */
export function spread(parts: readonly { readonly bytes: number }[], lanes: number): number[][] {
  const wanted = Math.max(1, Math.min(lanes, parts.length));
  const total = parts.reduce((sum, part) => sum + part.bytes, 0);
  const result: number[][] = Array.from({ length: wanted }, () => []);
  let before = 0;
  parts.forEach((part, index) => {
    const middle = before + part.bytes / 2;
    before += part.bytes;
    const lane = total === 0 ? 0 : Math.min(wanted - 1, Math.floor((middle / total) * wanted));
    result[lane]?.push(index);
  });
  return result.filter((lane) => lane.length > 0);
}

async function sleep(milliseconds_: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds_);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        reject(signal.reason);
      },
      { once: true },
    );
  });
}

/** What is declared about how the files are written: with another word there, the same bytes are other rows. */
function dialectOf(definition: FileSourceDefinition): unknown[] {
  switch (definition.type) {
    case 'csv': {
      const { delimiter, quote, escape, header, encoding, compression } = definition;
      return [delimiter, quote, escape, header, compression, encoding];
    }
    case 'ndjson':
    case 'json':
      return [definition.undeclared, definition.compression];
    case 'parquet':
      return [];
  }
}

export async function planSource(services: Planning, request: Request): Promise<PlannedSource> {
  const { pipeline, name, folder, variables, signal } = request;
  const definition = pipeline.definition.sources[name];
  const table = pipeline.sources[name];
  if (definition === undefined || table === undefined || definition.type === 'postgres')
    throw new DaybreakError('Bug', { what: `source ${name} is no source of files` });
  const mapping = table.mapping === undefined ? {} : { mapping: table.mapping };
  const scratch = `${request.runId}/plan-${name}`;
  const opened = await services.openSource({
    name,
    definition,
    ...mapping,
    folder,
    scratch: await services.store.scratch(scratch),
    zone: pipeline.definition.zone,
    variables,
  });
  let parts: PartPlan[];
  try {
    const until = request.since + (definition.wait === undefined ? 0 : milliseconds(definition.wait));
    for (;;) {
      try {
        parts = await opened.source.plan({ signal });
        break;
      } catch (error) {
        const missing = error instanceof DaybreakError && error.kind === 'MissingFile';
        if (!missing || Date.now() >= until) throw error;
        const limit = new Date(until).toISOString().slice(0, 19);
        request.onWaiting?.(`waiting for a file of ${name} until ${limit}Z: ${error.text.what}`);
        await sleep(Math.min(LOOK_AGAIN_MS, until - Date.now()), signal);
      }
    }
  } finally {
    request.onWaiting?.(null);
    await opened.close();
    await services.store.removeScratch(scratch);
  }
  const { type, accept, key } = definition;
  const declared = {
    readers: READERS,
    engine: services.engine.version,
    zone: pipeline.definition.zone,
    type,
    columns: columnList(definition).map((column) => [column.name, column.type]),
    accept,
    key,
    dialect: dialectOf(definition),
    mapping: table.mapping,
    variables: table.variables.map((variable) => [variable, variables[variable]]),
    salt: request.salt,
  };
  const planned = parts.map((part) => {
    const { file, size, mtimeNs, from, to } = part;
    return { ...part, fingerprint: fingerprint({ ...declared, file, size, mtimeNs, from, to }) };
  });
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const newest = parts.reduce((latest, part) => (BigInt(part.mtimeNs) > latest ? BigInt(part.mtimeNs) : latest), 0n);
  return {
    name,
    fingerprint: fingerprint({
      declared,
      delivery: definition.delivery === 'merge' ? 'merge' : undefined,
      parts: planned.map((part) => part.fingerprint),
    }),
    lanes: spread(parts, definition.lanes ?? (bytes >= TWO_LANES_BYTES ? 2 : 1)),
    parts: planned,
    cut: newest === 0n ? null : new Date(Number(newest / 1_000_000n)).toISOString(),
    schema: table.columns,
    definition,
    variables: table.variables,
    ...mapping,
  };
}

/** Node, time zones and memory of this machine. */
import { totalmem } from 'node:os';
import { isZone, localDay } from '../domain/window';
import { bad, type Finding, good, warn } from './finding';

/** As package.json's `engines` says. */
const OLDEST_NODE = [20, 19] as const;
/** Beside the engine's own limit: its process, the worker and its workflows. */
const BESIDE_BYTES = 1_000_000_000;
/** What libuv has when nobody sets it. */
const POOL_THREADS = 4;

const megabytes = (bytes: number) => `${Math.floor(bytes / 1_000_000)}MB`;

export function checkNode(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return good('node', version);
  return bad('node', `${version} is too old`, `install Node ${OLDEST_NODE.join('.')} or newer`);
}

/** Days begin at midnight of a zone, so Node must know zones, and summer time. */
export function checkTimeZones(zone = 'Europe/Berlin'): Finding {
  const next = "use a Node with all of ICU's data, as the official builds have; unset NODE_ICU_DATA";
  if (!isZone(zone)) return bad('time zones', `Node does not know ${zone}`, next);
  const day = localDay(new Date('2026-06-30T22:30:00Z'), 'Europe/Berlin');
  if (day !== '2026-07-01') return bad('time zones', `Node has no summer time for Europe/Berlin: ${day}`, next);
  return good('time zones', `Node knows them (ICU ${process.versions.icu})`);
}

/** Of a container where that has less than its machine. */
function machineMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : totalmem();
}

export function checkMemory(wanted: number, has = machineMemory()): Finding {
  const sizes = `DAYBREAK_MEMORY is ${megabytes(wanted)}, the machine has ${megabytes(has)}`;
  const fits = Math.max(200_000_000, has - BESIDE_BYTES);
  const next = `set DAYBREAK_MEMORY=${megabytes(fits)} or less`;
  if (wanted > has) return bad('memory', sizes, next);
  if (wanted + BESIDE_BYTES > has) return warn('memory', `${sizes}, and about 1 GB is needed besides`, next);
  return good('memory', sizes);
}

/** Only where somebody set it. */
export function checkThreadPool(setting: string | undefined): Finding[] {
  if (setting === undefined || setting === '') return [];
  const threads = Number(setting);
  if (Number.isInteger(threads) && threads >= POOL_THREADS)
    return [good('thread pool', `UV_THREADPOOL_SIZE=${setting}`)];
  return [
    warn(
      'thread pool',
      `UV_THREADPOOL_SIZE=${setting}: reading, hashing, unpacking and queries wait for each other`,
      `unset it, or set at least ${POOL_THREADS}`,
    ),
  ];
}

/** What processes use, out of /proc: CPU seconds, resident memory now and at its highest. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Linux counts CPU time in hundredths of a second. */
const TICKS = 100;

/** User and system seconds, with those of children that have ended. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The command in parentheses may contain anything, also spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system, childUser, childSystem] = fields.slice(11, 15).map(Number);
  return ((user ?? 0) + (system ?? 0) + (childUser ?? 0) + (childSystem ?? 0)) / TICKS;
}

function status(pid: number, key: string): number {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${key}:`));
  return Number(/\d+/.exec(line ?? '')?.[0] ?? 0) / 1024;
}

/** Megabytes that are resident. */
export const residentMb = (pid: number): number => status(pid, 'VmRSS');
/** Megabytes that were resident at most since the last `resetPeak`. */
export const peakMb = (pid: number): number => status(pid, 'VmHWM');
export const resetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, '5');

export function childrenOf(parent: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      return parentOf(pid) === parent;
    } catch {
      return false;
    }
  });
}

function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** CPU seconds of each process since the beginning, and megabytes of worker and engine together, at a time. */
export interface Sample {
  readonly at: number;
  readonly cpu: readonly number[];
  readonly memory: number;
}

/** Looks at processes several times a second, so that what a run used can be told step by step. */
export function watch(pids: readonly number[], memoryOf: readonly number[], everyMs = 100) {
  const begun = pids.map(cpuSeconds);
  const look = (): Sample => ({
    at: Date.now(),
    cpu: pids.map((pid, index) => cpuSeconds(pid) - (begun[index] ?? 0)),
    memory: memoryOf.reduce((sum, pid) => sum + residentMb(pid), 0),
  });
  const samples: Sample[] = [look()];
  const timer = setInterval(() => samples.push(look()), everyMs);
  return () => {
    clearInterval(timer);
    samples.push(look());
    return samples;
  };
}

/** What was used up to a time, between two samples in proportion. */
export function usedAt(samples: readonly Sample[], at: number): number[] {
  const next = samples.findIndex((sample) => sample.at >= at);
  const after = samples[next < 0 ? samples.length - 1 : next] as Sample;
  const before = samples[next <= 0 ? 0 : next - 1] as Sample;
  const share = after.at === before.at ? 1 : Math.min(1, Math.max(0, (at - before.at) / (after.at - before.at)));
  return after.cpu.map((used, index) => (before.cpu[index] ?? 0) + share * (used - (before.cpu[index] ?? 0)));
}

/** Days, as `YYYY-MM-DD` in the pipeline's zone. */
import { wallTime } from './clock';
import type { Window } from './run';

const DAY_MS = 86_400_000;

/** `2026-03-01` and −1 → `2026-02-28` */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Whole days from one day to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);
}

/** Whether a name is an IANA time zone. */
export const isZone = (zone: string) => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

/** The local day of an instant: the day that its last local midnight began. */
export const localDay = (instant: Date, zone: string): string => wallTime(instant, zone).slice(0, 'YYYY-MM-DD'.length);

/**
 * The window of a run: explicit days win over declared ones, and those over the last local midnight at or before the
 * run's logical time.
 */
export function resolveWindow(options: {
  readonly from?: string;
  readonly to?: string;
  readonly declared: { readonly from?: string; readonly to?: string; readonly days: number };
  readonly zone: string;
  readonly logicalTime: Date;
}): Window {
  const { from, to, declared, zone, logicalTime } = options;
  const asOf = to ?? (from === undefined ? declared.to : undefined) ?? localDay(logicalTime, zone);
  const declaredFrom = to === undefined ? declared.from : undefined;
  return { from: from ?? declaredFrom ?? addDays(asOf, -declared.days), to: asOf, asOf };
}

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: DAY_MS };
const SIZES: Record<string, number> = { KB: 1000, MB: 1_000_000, GB: 1_000_000_000 };

/** `90s` → 90000 */
export function milliseconds(duration: string): number {
  const [, amount = '0', unit = 'ms'] = /^(\d+)(\D+)$/.exec(duration) ?? [];
  return Number(amount) * (UNITS[unit] ?? 1);
}

/** `32MB` → 32000000 */
export function byteCount(size: string): number {
  const [, amount = '0', unit = 'KB'] = /^(\d+)(\D+)$/.exec(size) ?? [];
  return Number(amount) * (SIZES[unit] ?? 1);
}

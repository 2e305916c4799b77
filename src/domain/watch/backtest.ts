/** What other thresholds would have changed: recorded runs, played with those that are declared and with others. Pure. */
import { addDays } from '../window';
import type { RunRecord } from './record';
import { neededFor, type Recorded, recorded } from './recorded';
import { replay } from './replay';
import type { WatchSettings } from './settings';

/** A night by one of the two. Times are ISO 8601. */
export interface NightJudged {
  readonly deadline: string | null;
  /** When it rang; `null` when it did not. */
  readonly page: string | null;
  /** Its data were not there when they were needed. */
  readonly late: boolean;
  /** It was late, and did not ring, or rang when less than `repair_time` was left, but for the minute of a look. */
  readonly missed: boolean;
  /** It rang and was in time, and nobody had started another run. */
  readonly falsePage: boolean;
}

export interface BacktestNight {
  readonly asOf: string;
  readonly runs: number;
  /** Of its last run. */
  readonly outcome: RunRecord['outcome'];
  readonly failure: RunRecord['failure'];
  readonly failedChecks: readonly string[];
  /** Since when its data, or those of a later day, were there, and of which day those were. */
  readonly dataAt: string | null;
  readonly dataOf: string | null;
  readonly declared: NightJudged;
  readonly changed: NightJudged;
}

export interface BacktestTotals {
  readonly pages: number;
  readonly late: number;
  readonly missed: number;
  readonly falsePages: number;
}

export interface Backtest {
  /** Oldest first. */
  readonly nights: readonly BacktestNight[];
  readonly declared: BacktestTotals;
  readonly changed: BacktestTotals;
  /** Days that rang by one of the two only. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Days in between whose data were needed, and of which nothing is recorded: they are not played. */
  readonly unrecorded: readonly string[];
}

const MINUTE_MS = 60_000;

/** What was needed before anything was recorded is not judged. */
function judged(
  settings: WatchSettings,
  runs: readonly Recorded[],
  { dataAt, page, began, now }: { dataAt: string | null; page: string | null; began: string; now: string },
): NightJudged {
  const asked = neededFor(settings, runs[0]?.day ?? '', runs);
  const deadline = asked !== null && asked >= began ? asked : null;
  const late = deadline !== null && (dataAt === null ? deadline <= now : deadline < dataAt);
  const leftMs = deadline === null || page === null ? 0 : Date.parse(deadline) - Date.parse(page);
  const helped = page !== null && runs.some(({ record }) => record.startedAt > page);
  return {
    ...{ deadline, page, late },
    missed: late && (page === null || leftMs + MINUTE_MS < settings.repairMs),
    falsePage: page !== null && !late && dataAt !== null && !helped,
  };
}

const totals = (nights: readonly NightJudged[]): BacktestTotals => {
  const count = (is: (night: NightJudged) => boolean) => nights.filter(is).length;
  return {
    pages: count(({ page }) => page !== null),
    late: count(({ late }) => late),
    missed: count(({ missed }) => missed),
    falsePages: count(({ falsePage }) => falsePage),
  };
};

/** Days between the first and the last of some whose data were needed by one of the two, and that are not among them. */
function daysWithout(days: readonly string[], both: readonly WatchSettings[]): string[] {
  const missing: string[] = [];
  const known = new Set(days);
  for (let day = days[0] ?? ''; day < (days.at(-1) ?? ''); day = addDays(day, 1))
    if (!known.has(day) && both.some((settings) => neededFor(settings, day, []) !== null)) missing.push(day);
  return missing;
}

/** Of the `last` nights; those before them are played too, as later ones go by what steps took in them. */
export function backtest(
  records: readonly RunRecord[],
  both: { readonly declared: WatchSettings; readonly changed: WatchSettings },
  now: Date,
  last = Number.POSITIVE_INFINITY,
): Backtest {
  const runs = recorded(records, both.declared.zone);
  const began = runs[0]?.record.startedAt ?? '';
  const pages = { declared: replay(both.declared, runs, now), changed: replay(both.changed, runs, now) };
  const days = [...new Set(runs.map(({ day }) => day))].toSorted().slice(-last);
  const nights = days.map((day): BacktestNight => {
    const own = runs.filter((run) => run.day === day);
    const serving = runs.flatMap((run) => (run.day >= day && run.dataAt !== null ? [{ ...run, at: run.dataAt }] : []));
    const [first] = serving.toSorted((a, b) => (a.at < b.at ? -1 : 1));
    const dataAt = first?.dataAt ?? null;
    const judge = (which: 'declared' | 'changed') =>
      judged(both[which], own, { dataAt, page: pages[which].get(day) ?? null, began, now: now.toISOString() });
    const { outcome = 'failed', failure = null, failedChecks = [] } = own.at(-1)?.record ?? {};
    return {
      asOf: day,
      runs: own.length,
      ...{ outcome, failure, failedChecks, dataAt },
      dataOf: first?.day ?? null,
      declared: judge('declared'),
      changed: judge('changed'),
    };
  });
  const only = (one: 'declared' | 'changed', other: 'declared' | 'changed') =>
    nights.filter((night) => night[one].page !== null && night[other].page === null).map(({ asOf }) => asOf);
  return {
    nights,
    declared: totals(nights.map(({ declared }) => declared)),
    changed: totals(nights.map(({ changed }) => changed)),
    added: only('changed', 'declared'),
    removed: only('declared', 'changed'),
    unrecorded: daysWithout(days, [both.declared, both.changed]),
  };
}

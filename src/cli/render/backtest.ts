/** Nights under other thresholds, as people read them. */
import type { BacktestNight, NightJudged } from '../../domain/watch/backtest';
import { spanText } from '../../domain/watch/time-text';
import { wallTime } from '../../domain/clock';
import type { Backtested, Thresholds } from '../../published';
import { counted, type Output, oneLine, textTable } from '../output';

/** More days are in the JSON. */
const DAYS = 10;
const REASON = 60;

/** `05:40`, with the day where it is another one. */
function clock(instant: string, { asOf }: Pick<BacktestNight, 'asOf'>, zone: string): string {
  const [day, time = ''] = wallTime(new Date(instant), zone).split('T');
  return `${day === asOf ? '' : `${day} `}${time.slice(0, 5)}`;
}

/** `1 h 50 min before` */
const apart = (instant: string, deadline: string) =>
  `${spanText(Date.parse(deadline) - Date.parse(instant))} ${instant <= deadline ? 'before' : 'after'}`;

/** Why there are no data, by its last run. */
function endText({ outcome, failure, failedChecks }: BacktestNight): string {
  if (outcome === 'failed')
    return failure === null ? 'failed' : `failed: ${failure.step}: ${oneLine(failure.message, REASON)}`;
  if (outcome === 'blocked') return oneLine(`blocked: ${failedChecks.join(', ') || 'a gate'}`, REASON);
  return outcome;
}

/** `published at 05:40, 1 h 50 min before the deadline` */
function wentText(night: BacktestNight, zone: string): string {
  const { asOf, dataAt, dataOf, runs, declared, changed } = night;
  if (dataAt === null) return `${endText(night)}; ${declared.late || changed.late ? 'late' : 'no data yet'}`;
  const at = `published at ${clock(dataAt, night, zone)}`;
  const own = `${at}${runs > 1 ? ` (${runs} runs)` : ''}`;
  const how = dataOf === asOf ? own : `${endText(night)}; ${dataOf} was ${at}`;
  const is = declared.deadline === null ? how : `${how}, ${apart(dataAt, declared.deadline)} the deadline`;
  if (changed.deadline === null || changed.deadline === declared.deadline) return is;
  return `${is}; ${apart(dataAt, changed.deadline)} the changed one`;
}

/** `at 06:40`, `none`, and what is wrong with it. */
function pageText(night: BacktestNight, { page, deadline, missed, falsePage }: NightJudged, zone: string): string {
  if (page === null) return missed ? 'none: missed' : 'none';
  const left = missed && deadline !== null ? `: missed, ${apart(page, deadline)} the deadline` : '';
  return `at ${clock(page, night, zone)}${left}${falsePage ? ': false' : ''}`;
}

const thresholdsText = ({ deadline, repair_time }: Thresholds) => `${deadline ?? 'no deadline'}, ${repair_time}`;

const daysText = (days: readonly string[]) =>
  days.length <= DAYS ? days.join(', ') : `${days.slice(0, DAYS).join(', ')} and ${days.length - DAYS} more`;

/** A line a night whose page is another one; where nothing is changed, a line a night that rang or was missed. */
export function backtestText(found: Backtested, { paint }: Output): string {
  const { nights, zone, thresholds, declared, changed, added, removed, unrecorded } = found;
  const isSame = thresholdsText(thresholds.declared) === thresholdsText(thresholds.changed);
  const shown = nights.filter(({ declared: one, changed: other }) =>
    isSame ? one.page !== null || one.missed : one.page !== other.page,
  );
  const columns = isSame ? (['declared'] as const) : (['declared', 'changed'] as const);
  const rows = shown.map((night) => [
    night.asOf,
    wentText(night, zone),
    ...columns.map((which) => pageText(night, night[which], zone)),
  ]);
  const totals = { declared, changed };
  const line = (label: string, of: (total: typeof declared) => number, why: string) => [
    label,
    ...columns.map((which) => String(of(totals[which]))),
    why,
  ];
  const lines = [
    ...(rows.length === 0
      ? [isSame ? 'no night rang or was missed' : 'no night rings otherwise']
      : [textTable(['night', 'how it went', ...columns.map((which) => `page as ${which}`)], rows)]),
    '',
    textTable(
      [counted(nights.length, 'night'), ...columns.map((which) => `as ${which}`), ''],
      [
        ['deadline, repair_time', ...columns.map((which) => thresholdsText(thresholds[which])), zone],
        line('pages', ({ pages }) => pages, ''),
        line('false', ({ falsePages }) => falsePages, 'rang, and were in time without another run'),
        line('late', ({ late }) => late, 'had no data at the deadline'),
        line('missed', ({ missed }) => missed, 'late, and did not ring while repair_time was left'),
      ],
    ),
  ];
  if (!isSame) lines.push('', `added: ${added.length}, removed: ${removed.length}`);
  if (unrecorded.length > 0)
    lines.push('', paint.yellow(`left out, as no run is recorded of them: ${daysText(unrecorded)}`));
  return lines.join('\n');
}

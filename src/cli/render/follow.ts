/** A run as it goes: a bar a source, then a line a model, then the checks. Plain lines where nothing can be redrawn. */
import { MultiBar, type SingleBar } from 'cli-progress';
import type { ProgressUpdate } from '../../client';
import type { LaneBeat, Progress, StepProgress } from '../../domain/run';
import { runTimeLeft } from '../../domain/watch/time-left';
import { spanText } from '../../domain/watch/time-text';
import { timeTexts } from '../../domain/watch/time-text';
import { type Output, thousands } from '../output';

const PLAIN_EVERY_MS = 10_000;
const NAME_WIDTH = 34;
/** What stands beside name and bar: percentage, rate and time left. */
const DETAIL_WIDTH = 34;
const BARS = '  {name} {bar} {percentage}% {detail}';
const NOW = '  ▶ {text}';
const NARROWEST_BAR = 6;
const WIDEST_BAR = 24;

export interface Follower {
  update(update: ProgressUpdate): void;
  /** Shows nothing until `resume`: somebody is being asked. */
  pause(): void;
  resume(): void;
  stop(): void;
}

const isLaneBeat = (beat: unknown): beat is LaneBeat =>
  typeof beat === 'object' && beat !== null && 'ofRecords' in beat;

/** Records read by all lanes of a source, as their heartbeats tell. */
function inFlight(update: ProgressUpdate, source: string) {
  const beats = update.pending
    .map((step) => step.beat)
    .filter(isLaneBeat)
    .filter((beat) => beat.source === source);
  const sum = (of: (beat: LaneBeat) => number) => beats.reduce((total, beat) => total + of(beat), 0);
  return {
    records: sum((beat) => beat.records),
    of: sum((beat) => beat.ofRecords),
    rate: sum((beat) => beat.recordsPerSecond),
    parts: sum((beat) => beat.parts),
    waits: beats.some((beat) => beat.waiting !== undefined),
  };
}

function left(seconds: number): string {
  if (!Number.isFinite(seconds)) return '';
  return seconds < 90 ? `${Math.ceil(seconds)} s left` : `${Math.ceil(seconds / 60)} min left`;
}

export function follow(output: Output): Follower {
  const { paint } = output;
  const said = new Map<string, string>();
  const bars = new Map<string, SingleBar>();
  const width = () => process.stderr.columns ?? 80;
  const draw = (format: string) =>
    output.live
      ? new MultiBar({
          format,
          barsize: Math.min(WIDEST_BAR, Math.max(NARROWEST_BAR, width() - NAME_WIDTH - DETAIL_WIDTH)),
          hideCursor: true,
          clearOnComplete: format === NOW,
          stream: process.stderr,
          emptyOnZero: true,
          linewrap: false,
        })
      : undefined;
  let multi = draw(BARS);
  let now: SingleBar | undefined;
  let paused = false;
  let lastPlain = 0;
  let extracting = true;

  const icon = (state: StepProgress['state']) =>
    ({
      done: paint.green('✔'),
      reused: paint.green('↺'),
      failed: paint.red('✖'),
      skipped: paint.yellow('⤼'),
      running: '▶',
      waiting: '·',
    })[state];
  const describe = (step: StepProgress, kind: string) => {
    const rows = step.rows === undefined ? '' : `${thousands(step.rows)} rows`;
    const how =
      step.state === 'reused'
        ? 'reused'
        : step.state === 'done'
          ? `${step.seconds ?? 0} s`
          : (step.reason ?? step.state);
    return `  ${icon(step.state)} ${`${kind}${step.name}`.padEnd(NAME_WIDTH)} ${rows.padStart(16)}  ${paint.dim(how.split('\n')[0] ?? '')}`;
  };
  /** Says a line once per state of a thing. */
  const once = (key: string, state: string, line: string) => {
    if (said.get(key) === state) return;
    said.set(key, state);
    // Above what is redrawn.
    if (multi === undefined) output.say(line);
    else multi.log(`${line}\n`);
  };
  const ended = (state: StepProgress['state']) => state !== 'waiting' && state !== 'running';

  function drawSources(update: ProgressUpdate, progress: Progress): void {
    for (const source of progress.sources) {
      const { records, of, rate, waits } = inFlight(update, source.name);
      const done = ended(source.state);
      if (multi === undefined) {
        if (done) once(`extract ${source.name}`, source.state, describe(source, 'extract_'));
        else if (of > 0 && Date.now() - lastPlain >= PLAIN_EVERY_MS) {
          output.say(
            `  ▶ extract_${source.name}: ${thousands(records)} of ${thousands(of)} records, ${thousands(rate)}/s, ${left((of - records) / rate)}`,
          );
        }
        continue;
      }
      let bar = bars.get(source.name);
      if (bar === undefined) {
        bar = multi.create(Math.max(1, of), 0, {
          name: `extract_${source.name}`.padEnd(NAME_WIDTH - 6).slice(0, NAME_WIDTH - 6),
          detail: '',
        });
        bars.set(source.name, bar);
      }
      if (of > 0) bar.setTotal(of);
      if (done)
        bar.update(bar.getTotal(), {
          detail: `${thousands(source.rows ?? 0)} rows ${source.state === 'reused' ? 'reused' : source.state === 'failed' ? 'failed' : `${source.seconds ?? 0} s`}`,
        });
      else
        bar.update(records, {
          detail: waits
            ? 'waits for the database'
            : rate > 0
              ? `${thousands(rate)}/s ${left((of - records) / rate)}`
              : source.state,
        });
    }
    if (multi === undefined && Date.now() - lastPlain >= PLAIN_EVERY_MS) lastPlain = Date.now();
  }

  /** What runs now, in the line that is redrawn. */
  function drawNow({ pending, progress }: ProgressUpdate): void {
    if (multi === undefined) return;
    now ??= multi.create(1, 0, { text: '' });
    const steps = pending.map(({ step, beat }) =>
      beat !== null && 'fraction' in beat && beat.seconds > 0 ? `${step} ${beat.seconds} s` : step,
    );
    const rest = progress === null ? null : runTimeLeft(progress, Date.now());
    const doing = steps.length > 0 ? steps.join(', ') : (progress?.stage ?? '');
    const text = rest === null ? doing : `about ${spanText(rest.p50 * 1000)} left: ${doing}`;
    now.update(0, { text: text.slice(0, width() - 6) });
  }

  return {
    pause() {
      paused = true;
      multi?.stop();
    },
    resume() {
      paused = false;
      bars.clear();
      now = undefined;
      multi = draw(extracting ? BARS : NOW);
    },
    update(update) {
      if (paused) return;
      const { progress } = update;
      if (update.status === 'UNREACHABLE')
        once(
          'server',
          'away',
          `  ${paint.yellow('!')} the server does not answer; waiting for it, the run goes on by itself`,
        );
      else if (said.has('server')) once('server', 'back', '  the server answers again');
      for (const { step, attempt, lastFailure, state } of update.pending) {
        if (attempt < 2 || lastFailure === null) continue;
        const line = `  ${paint.yellow('↻')} ${step}: attempt ${attempt}${state === 'SCHEDULED' ? ' is waiting' : ''}, after: ${lastFailure.split('\n')[0]}`;
        once(`retry ${step}`, String(attempt), line);
      }
      for (const { step, beat } of update.pending) {
        if (beat !== null && 'waiting' in beat)
          once(`waits ${step}`, 'once', `  ${paint.yellow('…')} ${step}: ${beat.waiting}`);
      }
      if (progress === null) return;
      for (const text of timeTexts(progress, Date.now()))
        once(`time ${text.split(' ')[0]}`, 'once', `  ${paint.dim(text)}`);
      if (extracting) drawSources(update, progress);
      const past = progress.stage !== 'plan' && progress.stage !== 'extract';
      if (extracting && past) {
        extracting = false;
        multi?.stop();
        multi = draw(NOW);
      }
      if (!past) return;
      drawNow(update);
      for (const model of progress.models) {
        if (ended(model.state)) once(`transform ${model.name}`, model.state, describe(model, 'transform_'));
      }
      for (const check of progress.checks) {
        if (check.outcome === 'pass') continue;
        const mark = check.outcome === 'warn' ? paint.yellow('!') : paint.red('✖');
        once(
          `check ${check.subject} ${check.name}`,
          check.outcome,
          `  ${mark} ${check.subject}: ${check.name}: ${check.observed}; expected ${check.expected}`,
        );
      }
      if (progress.report !== undefined && 'problem' in progress.report)
        once('report', 'none', `  ${paint.yellow('!')} no report: ${progress.report.problem.split('\n')[0]}`);
    },
    stop: () => multi?.stop(),
  };
}

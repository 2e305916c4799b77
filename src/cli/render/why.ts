/** What a run waits for or died of, in five lines at most. */
import type { PendingStep, ProgressUpdate, RunSummary } from '../../client';
import { firstLine, nextOf } from '../../domain/failure';
import { askedPipeline, type CheckResult, type Progress, quoted, runCommand, type RunResult } from '../../domain/run';
import { stops } from '../../domain/verdict';
import { spanText, timeTexts } from '../../domain/watch/time-text';
import { counted, instantText, oneLine, printable } from '../output';

export interface Facts {
  readonly look: ProgressUpdate & { readonly summary: RunSummary };
  /** Of a run that has ended. */
  readonly result: RunResult | null;
  /** Of a run that has ended, what it was asked for, as it was given. */
  readonly input: unknown;
  /** Whether a worker polls the queue, and its name. */
  readonly served: boolean;
  readonly taskQueue: string;
  readonly now: Date;
}

export interface Line {
  readonly label: string;
  readonly text: string;
}

/** Where its input says nothing that could be a pipeline. */
const START_AGAIN = 'start it again';
const MOST = 240;
const short = (text: string) => oneLine(printable(text), MOST);
/** An error without what it says is to be done. */
const said = (message: string) => short((message.split('\nnext: ')[0] ?? '').replaceAll(/\s*\n\s*/g, '; '));

const names = (all: readonly string[]) =>
  all.length <= 5 ? all.join(', ') : `${all.slice(0, 5).join(', ')} and ${all.length - 5} more`;

/** Of the steps that are not done, the one that the others wait for: it failed, or nobody took it, or it takes longest. */
function culprit(pending: readonly PendingStep[]): PendingStep | undefined {
  const rank = ({ state, attempt }: PendingStep) => (state === 'SCHEDULED' ? 2 : 0) + (attempt > 1 ? 1 : 0);
  const age = ({ since }: PendingStep) => since?.getTime() ?? Number.POSITIVE_INFINITY;
  return pending.toSorted((a, b) => rank(b) - rank(a) || age(a) - age(b))[0];
}

function stepText(step: PendingStep, { served, taskQueue, now }: Facts): string {
  const { attempt, state, lastFailure, nextAttempt, since, beat } = step;
  const how =
    state !== 'SCHEDULED'
      ? 'is at work'
      : nextAttempt !== null && nextAttempt > now
        ? `is due at ${instantText(nextAttempt)}`
        : served
          ? 'waits until a worker takes it'
          : `waits for a worker: nobody polls ${taskQueue}`;
  return [
    `attempt ${attempt} ${how}`,
    ...(beat !== null && 'waiting' in beat && beat.waiting !== undefined ? [short(beat.waiting)] : []),
    ...(since === null ? [] : [`asked for ${spanText(now.getTime() - since.getTime())} ago`]),
    ...(lastFailure === null ? [] : [`last failure: ${short(firstLine(lastFailure))}`]),
  ].join('; ');
}

/** What cannot begin before a step is done. */
function dependents(step: string, { models, stage }: Progress): string[] {
  const after = ['check sources', 'transform', 'check', 'publish', 'report'] as const;
  const at = after.findIndex((name) => name === stage);
  const waiting = models.filter(({ name, state }) => state === 'waiting' && `transform_${name}` !== step);
  const stages = after.slice(at + 1).filter((name) => name !== 'transform');
  return [...waiting.map(({ name }) => `transform_${name}`), ...stages];
}

function going(facts: Facts): Line[] {
  const { look, served, taskQueue, now } = facts;
  const { progress, pending, summary } = look;
  const run = summary.workflowId;
  const since = (time: Date) => spanText(now.getTime() - time.getTime());
  if (summary.dueTime > now)
    return [
      { label: 'waits', text: `it is due at ${instantText(summary.dueTime)}` },
      { label: 'next', text: `daybreak status ${run}` },
    ];
  const step = culprit(pending);
  const stage = progress?.stage ?? 'not known, as no worker answers';
  const times = progress === null ? [] : timeTexts(progress, now.getTime());
  const after = step === undefined || progress === null ? [] : dependents(step.step, progress);
  const helps = nextOf(step?.lastFailure ?? '');
  return [
    {
      label: 'stage',
      text: `${stage}; it goes on since ${instantText(summary.dueTime)}, for ${since(summary.dueTime)}`,
    },
    step === undefined
      ? {
          label: 'waits',
          text: served ? 'for its worker to go on with it' : `for a worker: nobody polls ${taskQueue}`,
        }
      : { label: step.step, text: stepText(step, facts) },
    ...(after.length === 0 ? [] : [{ label: 'after it', text: names(after) }]),
    ...(times.length === 0 ? [] : [{ label: 'time', text: times.join('; ') }]),
    {
      label: 'next',
      text: !served
        ? 'daybreak worker'
        : helps === undefined
          ? `daybreak status ${run} --follow`
          : `${short(helps)}; it goes on by itself: daybreak status ${run} --follow`,
    },
  ];
}

/** A run that was not planned does not know what is live. */
function untouched({ live, pipeline }: RunResult): string {
  if (pipeline === '') return 'readers see what they saw before';
  return live === null ? 'no edition was live before' : `the live edition ${live} is untouched`;
}

function failed(result: RunResult, input: unknown): Line[] {
  const { failure, skipped = [], sources, models } = result;
  const { step, kind, message } = failure ?? { step: 'run', kind: 'Ended', message: 'it ended without a result' };
  const done = sources.length + models.length;
  const helps = kind === 'BadDefinition' ? undefined : nextOf(message);
  const asked = askedPipeline(input);
  const check = asked === null ? null : `daybreak validate ${quoted(asked)}`;
  const again = kind === 'BadDefinition' ? check : runCommand(input);
  return [
    { label: step, text: `${kind}: ${said(message)}` },
    ...(skipped.length === 0
      ? []
      : [{ label: 'skipped', text: `${names(skipped.map((name) => `transform_${name}`))}, as they depend on it` }]),
    {
      label: 'kept',
      text: `${untouched(result)}${done === 0 ? '' : `; ${counted(done, 'finished table')} need not be made again`}`,
    },
    {
      label: 'next',
      text: [...(helps === undefined ? [] : [short(helps)]), again ?? START_AGAIN].join('; then '),
    },
  ];
}

function blocked(result: RunResult, input: unknown): Line[] {
  const stopping = result.checks.filter(stops);
  const [first] = stopping;
  const evidence = stopping.find((check) => check.evidence !== undefined)?.evidence;
  const checked = ({ subject, name, observed, expected }: CheckResult) =>
    short(`${subject}: ${name}: ${observed}; expected ${expected}`);
  const more = stopping.length > 1 ? `, and ${counted(stopping.length - 1, 'more check')}` : '';
  return [
    { label: 'check', text: first === undefined ? 'a gate stopped it' : `${checked(first)}${more}` },
    ...(evidence === undefined
      ? []
      : [{ label: 'evidence', text: `daybreak status ${result.workflowId} --evidence ${evidence}` }]),
    {
      label: 'kept',
      text: `${result.edition === null ? '' : `the candidate ${result.edition}; `}${untouched(result)}`,
    },
    { label: 'next', text: `correct the data or the check; then ${runCommand(input) ?? START_AGAIN}` },
  ];
}

function ended(result: RunResult, input: unknown): Line[] {
  const { outcome, seconds, edition, duplicateOf, workflowId } = result;
  const head = { label: 'ended', text: `${outcome} after ${spanText(seconds * 1000)}` };
  switch (outcome) {
    case 'failed':
      return [head, ...failed(result, input)];
    case 'blocked':
      return [head, ...blocked(result, input)];
    case 'cancelled':
      return [
        head,
        { label: 'kept', text: `${untouched(result)}; what is finished stays finished` },
        { label: 'next', text: runCommand(input) ?? START_AGAIN },
      ];
    case 'duplicate':
      return [
        head,
        { label: 'because', text: `${duplicateOf?.workflowId ?? 'another run'} was at the same thing` },
        { label: 'next', text: `daybreak status ${duplicateOf?.workflowId ?? ''}`.trim() },
      ];
    default:
      return [
        head,
        { label: 'edition', text: `${edition ?? 'none'}; nothing is wrong` },
        { label: 'next', text: `daybreak status ${workflowId}` },
      ];
  }
}

export const why = (facts: Facts): Line[] => (facts.result === null ? going(facts) : ended(facts.result, facts.input));

/** Labels one below the other. */
export function whyText(lines: readonly Line[]): string {
  const width = Math.max(...lines.map(({ label }) => label.length));
  return lines.map(({ label, text }) => `${label.padEnd(width)}  ${text}`).join('\n');
}

/** Nights as a watch sees them, for tests: each look is a time and what is there at it. */
import { notifySchema } from '../../../src/domain/watch/definition';
import { newWatch, runEnded, runPlanned, type WatchState } from '../../../src/domain/watch/night';
import type { RunSeen, ScheduleSeen, Seen, StepSeen } from '../../../src/domain/watch/seen';
import type { RunEnded, StepExpectation, WatchSettings } from '../../../src/domain/watch/settings';
import { look, openRuns, type WatchOrder } from '../../../src/domain/watch/step';

export const DAY = '2026-11-26';
/** Of the night that most tests are about, unless a day is said. */
export const at = (time: string, day = DAY): string => `${day}T${time.length === 5 ? `${time}:00` : time}.000Z`;

export const settings: WatchSettings = {
  pipeline: 'shop',
  zone: 'UTC',
  taskQueue: 'q',
  deadline: '07:30',
  repairMs: 45 * 60_000,
  owner: null,
  notify: notifySchema.parse({}),
  lookEveryMs: 30_000,
  patienceMs: 120_000,
  againMs: 300_000,
};

/** Twenty minutes of work, at most half an hour and a bit. */
export const EXPECTED: StepExpectation[] = [
  { step: 'extract_orders', p50: 600, p90: 900, runs: 20 },
  { step: 'validate_sources', p50: 30, p90: 60, runs: 20 },
  { step: 'transform_sales', p50: 300, p90: 600, runs: 20 },
  { step: 'validate_data_quality', p50: 30, p90: 60, runs: 20 },
  { step: 'publishEdition', p50: 30, p90: 60, runs: 20 },
  { step: 'update_dashboard', p50: 60, p90: 120, runs: 20 },
];

const ref = (name: string) => ({ workflowId: name, runId: `id-${name}` });

export const step = (name: string, since: string, more: Partial<StepSeen> = {}): StepSeen => ({
  step: name,
  attempt: 1,
  started: true,
  since: at(since),
  failure: null,
  progress: null,
  ...more,
});

export const run = (name: string, more: Partial<RunSeen> = {}): RunSeen => ({
  ...ref(name),
  running: true,
  startedAt: at('02:00'),
  done: [],
  pending: [],
  unserved: [],
  ended: null,
  ...more,
});

export const ended = (name: string, outcome: RunEnded['outcome'], more: Partial<RunEnded> = {}): RunEnded => ({
  ...ref(name),
  asOf: DAY,
  outcome,
  edition: outcome === 'published' ? `edition-of-${name}` : null,
  live: 'edition-before',
  failure:
    outcome === 'failed' ? { step: 'transform_sales', kind: 'ModelFailed', message: 'a number is no number' } : null,
  skipped: [],
  finished: 1,
  checks: [],
  quarantined: 0,
  seconds: 60,
  ...more,
});

/** A run that has ended, as it is seen from outside. */
export const over = (name: string, outcome: RunEnded['outcome'], more: Partial<RunEnded> = {}): RunSeen =>
  run(name, { running: false, ended: ended(name, outcome, more) });

export const schedule = (more: Partial<ScheduleSeen> = {}): ScheduleSeen => ({
  paused: false,
  note: null,
  changedByHand: [],
  nextDue: [at('02:00', '2026-11-27')],
  recent: [],
  running: [],
  missedCatchup: 0,
  overlapSkipped: 0,
  ...more,
});

/** Of a schedule: what it started this night. */
export const started = (name: string, day = DAY): ScheduleSeen['recent'][number] => ({
  dueAt: at('02:00', day),
  ...ref(name),
});

export type Happens =
  | { readonly planned: string; readonly asOf?: string; readonly expected?: readonly StepExpectation[] }
  | { readonly told: RunEnded; readonly at: string }
  | {
      readonly look: string;
      readonly runs?: readonly RunSeen[];
      /** Whose data are needed, and when they are due: by default of this night, at 02:00 and 07:30. */
      readonly nights?: Seen['nights'];
      readonly schedule?: ScheduleSeen | null;
      readonly awake?: boolean;
      readonly incidents?: Seen['incidents'];
    };

/** Orders in words: `severity kind` of what was seen, `recovered: why` of what is over. */
const inWords = (order: WatchOrder): string =>
  order.kind === 'recovered'
    ? `recovered: ${order.text}`
    : `${order.observation.severity} ${order.observation.cause.kind}`;

export const TONIGHT: Seen['nights'] = [{ asOf: DAY, dueAt: at('02:00'), deadline: at('07:30') }];

export interface Played {
  readonly state: WatchState;
  /** What was ordered at each look that ordered anything, by its time. */
  readonly orders: Readonly<Record<string, readonly string[]>>;
  readonly all: readonly WatchOrder[];
  /** Notes for the morning, as `what: text`. */
  readonly notes: readonly string[];
}

export function play(happens: readonly Happens[], given: Partial<WatchSettings> = {}): Played {
  let state = newWatch({ ...settings, ...given }, '2026-11-20T12:00:00.000Z');
  const orders: Record<string, string[]> = {};
  const all: WatchOrder[] = [];
  for (const event of happens) {
    if ('planned' in event) {
      const { planned, asOf = DAY, expected = EXPECTED } = event;
      state = runPlanned(state, { ...ref(planned), asOf, expected });
    } else if ('told' in event) state = runEnded(state, event.told, at(event.at));
    else {
      const { look: time, runs = [], nights = TONIGHT, schedule: known = schedule(), awake = false, incidents } = event;
      // A look asks for what is open, and gets nothing else but what the schedule started.
      const asked = new Set([
        ...openRuns(state).map(({ runId }) => runId),
        ...(known?.recent ?? []).map((r) => r.runId),
      ]);
      const seen: Seen = {
        at: time.includes('T') ? time : at(time),
        schedule: known,
        runs: runs.filter(({ runId }) => asked.has(runId)),
        nights,
        ...(incidents === undefined ? {} : { incidents }),
        awake,
        nextDigest: at('07:30', '2026-11-27'),
      };
      const looked = look(state, seen);
      state = looked.state;
      all.push(...looked.orders);
      if (looked.orders.length > 0) orders[time] = looked.orders.map(inWords);
    }
  }
  return { state, orders, all, notes: state.notes.map(({ what, text }) => `${what}: ${text}`) };
}

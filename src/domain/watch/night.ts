/** What the watch keeps of a pipeline: its nights, their runs, and what it has told of them. */
import { firstLine } from '../failure';
import { localDay } from '../window';
import type { Severity } from './message';
import type { IncidentSeen, NightSeen, RunSeen, StepSeen } from './seen';
import type { RunEnded, RunPlanned, StepExpectation, WatchSettings } from './settings';

export interface WatchedRun {
  readonly workflowId: string;
  readonly runId: string;
  readonly expected: readonly StepExpectation[];
  /** The newest look at it; `null` before the first. */
  readonly seen: RunSeen | null;
  /** Since when each pending step has told the same of itself. */
  readonly progress: Readonly<Record<string, { readonly text: string; readonly since: string }>>;
  /** Steps that were tried more than once, with the failure before; what healed by itself is told from it. */
  readonly retried: Readonly<Record<string, { readonly attempt: number; readonly message: string }>>;
  readonly ended: RunEnded | null;
}

/** The data of one day. */
export interface Night {
  readonly asOf: string;
  readonly dueAt: string | null;
  readonly deadline: string | null;
  /** The newest last. */
  readonly runs: readonly WatchedRun[];
  /** The edition that it ended well with. */
  readonly edition: string | null;
  readonly settledAt: string | null;
  /** Key of its open incident. */
  readonly incident: string | null;
  /** What was said of it last, so that it is not said at every look; `null` while nothing is wrong. */
  readonly said: Said | null;
  /** The morning knows how it ended. */
  readonly isTold: boolean;
}

export interface Said {
  readonly severity: Severity;
  /** It was more than routine once: somebody waits for its end. */
  readonly told: boolean;
  /** Of its incident, and of what is wrong by now, which may be something else. */
  readonly key: string;
  readonly trouble: string;
  readonly what: string;
  /** The deadline has passed: what is said of the time that is left is true no more. */
  readonly late?: boolean;
}

/** What is to be read in the morning. */
export interface DigestNote {
  readonly at: string;
  readonly asOf: string;
  readonly what: 'published' | 'healed' | 'waits' | 'rang' | 'failed' | 'answered' | 'noticed' | 'not sent';
  readonly text: string;
}

export interface Undelivered {
  readonly channel: string;
  readonly since: string;
  readonly text: string;
}

export interface WatchState {
  readonly settings: WatchSettings;
  /** Nothing before it is watched. */
  readonly beganAt: string;
  readonly nights: readonly Night[];
  /** How long steps took in the newest run that knew. */
  readonly usual: readonly StepExpectation[];
  readonly notes: readonly DigestNote[];
  readonly nextDigest: string | null;
  /** When the URL of the dead man's switch was called last. */
  readonly calledAt: string | null;
  /** Messages that do not get through, by what they are of. */
  readonly undelivered: Readonly<Record<string, Undelivered>>;
  /** What is not as it was declared of the schedule, as it was noticed last. */
  readonly noticed: readonly string[];
  /** Incidents that somebody said are over, each as key and day. */
  readonly answered: readonly string[];
  /** Ids of the newest findings that were sent. */
  readonly told: readonly string[];
}

export const newWatch = (settings: WatchSettings, at: string): WatchState => ({
  settings,
  beganAt: at,
  nights: [],
  usual: [],
  notes: [],
  nextDigest: null,
  calledAt: null,
  undelivered: {},
  noticed: [],
  answered: [],
  told: [],
});

export const withNote = (state: WatchState, note: DigestNote): WatchState => ({
  ...state,
  notes: [...state.notes, note].slice(-100),
});

/** Whether messages get through, of an incident or of the watch itself; what was given up is read in the morning. */
export function deliveryTold(
  state: WatchState,
  key: string,
  {
    channel,
    since,
    text,
    lost,
  }: Omit<Undelivered, 'text'> & { readonly text: string | null; readonly lost: string | null },
  at: string,
): WatchState {
  const { [key]: _, ...others } = state.undelivered;
  const failing = text ?? lost;
  const undelivered = failing === null ? others : { ...others, [key]: { channel, since, text: failing } };
  const noted = { ...state, undelivered };
  return lost === null ? noted : withNote(noted, { at, asOf: '', what: 'not sent', text: lost });
}

/** Nights that are kept: more than a week of them is over and told. Those that somebody was told of are kept longer. */
const NIGHTS = 10;
const MOST_NIGHTS = 40;
/** Runs of a night that are kept. */
const RUNS = 20;

const emptyNight = (asOf: string): Night => ({
  asOf,
  dueAt: null,
  deadline: null,
  runs: [],
  edition: null,
  settledAt: null,
  incident: null,
  said: null,
  isTold: false,
});

/** The state with one of its nights changed; the night is made when it is not there. */
export function withNight(state: WatchState, asOf: string, change: (night: Night) => Night): WatchState {
  const known = state.nights.some((night) => night.asOf === asOf);
  const nights = (known ? state.nights : [...state.nights, emptyNight(asOf)])
    .map((night) => (night.asOf === asOf ? change(night) : night))
    .toSorted((a, b) => (a.asOf < b.asOf ? -1 : 1));
  const kept = nights.filter(({ incident }, index) => incident !== null || index >= nights.length - NIGHTS);
  return { ...state, nights: kept.slice(-MOST_NIGHTS) };
}

const withRun = (
  night: Night,
  ref: { workflowId: string; runId: string },
  change: (run: WatchedRun) => WatchedRun,
): Night => {
  const fresh: WatchedRun = { ...ref, expected: [], seen: null, progress: {}, retried: {}, ended: null };
  const known = night.runs.some(({ runId }) => runId === ref.runId);
  const runs = (known ? night.runs : [...night.runs, fresh]).map((run) =>
    run.runId === ref.runId ? change(run) : run,
  );
  return { ...night, runs: runs.slice(-RUNS).map((run, index, all) => (index < all.length - 1 ? slim(run) : run)) };
};

/** Of a run that ended before another one, how it ended is enough. */
const slim = (run: WatchedRun): WatchedRun =>
  run.ended === null ? run : { ...run, expected: [], seen: null, progress: {} };

/** Of a workflow id and a run id only; what else a reference holds stays where it was. */
const refOf = ({ workflowId, runId }: { workflowId: string; runId: string }) => ({ workflowId, runId });

/** A run has been planned: it is going on, and it is known for which day. */
export function runPlanned(state: WatchState, run: RunPlanned): WatchState {
  const moved = { ...state, nights: withoutRun(state, run.runId, run.asOf) };
  const noted = withNight(moved, run.asOf, (night) =>
    withRun(night, refOf(run), (known) => ({ ...known, expected: run.expected })),
  );
  return run.expected.length === 0 ? noted : { ...noted, usual: run.expected };
}

/** A run belongs to one day; before it was planned it may have been taken for another's. */
const withoutRun = (state: WatchState, runId: string, but: string | null): readonly Night[] =>
  state.nights.map((night) =>
    night.asOf === but ? night : { ...night, runs: night.runs.filter((run) => run.runId !== runId) },
  );

/** Outcomes after which the data of the day are there. */
export const isGood = (outcome: RunEnded['outcome']): boolean => ['published', 'unchanged', 'kept'].includes(outcome);

/**
 * A run has ended. A good one settles its night, and those before it: newer data serve them too. One that found another at
 * the same work leaves it to that.
 */
export function runEnded(state: WatchState, ended: RunEnded, at: string): WatchState {
  if (ended.outcome === 'duplicate') return { ...state, nights: withoutRun(state, ended.runId, null) };
  const own = state.nights.find(({ runs }) => runs.some(({ runId }) => runId === ended.runId));
  // A run that could not be planned does not know its day: it was for the one that it was started on.
  const asOf = ended.asOf ?? own?.asOf ?? localDay(new Date(at), state.settings.zone);
  const moved = { ...state, nights: withoutRun(state, ended.runId, asOf) };
  const noted = withNight(moved, asOf, (night) =>
    withRun(night, refOf(ended), (run) => ({ ...run, ended: { ...run.ended, ...ended } })),
  );
  if (!isGood(ended.outcome)) {
    const night = noted.nights.find((known) => known.asOf === asOf);
    // Nobody waits for it, and somebody may wonder.
    return night === undefined || night.settledAt === null
      ? noted
      : withNote(noted, { at, asOf, what: 'failed', text: `${ended.workflowId}: ${ended.outcome}` });
  }
  return {
    ...noted,
    nights: noted.nights.map((night) =>
      night.asOf > asOf || night.settledAt !== null
        ? night
        : { ...night, edition: ended.edition ?? ended.live, settledAt: at },
    ),
  };
}

/** An incident that a watch before this one left open: its nights wait for their data, or have them by now. */
export const incidentSeen = (state: WatchState, { key, severity, title, nights }: IncidentSeen): WatchState =>
  nights.reduce((all, asOf) => {
    const fresh = all.nights.find((night) => night.asOf >= asOf && night.settledAt !== null);
    const said: Said = { severity, told: severity !== 'routine', key, trouble: key, what: title };
    return withNight(all, asOf, (night) => ({
      ...night,
      incident: key,
      said,
      edition: night.edition ?? fresh?.edition ?? null,
      settledAt: night.settledAt ?? fresh?.settledAt ?? null,
    }));
  }, state);

/** When its run is due and its data are needed, where that lies ahead of the watch's beginning. */
export function nightSeen(state: WatchState, seen: NightSeen, at: string): WatchState {
  const ahead = (time: string | null) => (time !== null && time >= state.beganAt ? time : null);
  const dueAt = ahead(seen.dueAt);
  const deadline = ahead(seen.deadline);
  const known = state.nights.some(({ asOf }) => asOf === seen.asOf);
  if (!known && dueAt === null && deadline === null) return state;
  return withNight(state, seen.asOf, (night) => {
    // What was due stays due, whenever the next start is; one that is to come may be put off, or taken away.
    const wasDue = night.dueAt !== null && night.dueAt <= at;
    return { ...night, dueAt: wasDue ? night.dueAt : dueAt, deadline };
  });
}

/** Lanes of a source are one step, and come in any order: it makes progress as long as one of them does. */
function progressSince(run: WatchedRun, { pending }: RunSeen, at: string): WatchedRun['progress'] {
  const lanes = new Map<string, string[]>();
  for (const { step, attempt, started, progress } of pending)
    lanes.set(step, [...(lanes.get(step) ?? []), JSON.stringify([attempt, started, progress])]);
  return Object.fromEntries(
    [...lanes].map(([step, texts]) => {
      const text = texts.toSorted().join();
      const before = run.progress[step];
      return [step, before?.text === text ? before : { text, since: at }];
    }),
  );
}

/** Why a step is tried again, in a few words. */
const saidOf = (failure: StepSeen['failure']): string =>
  failure === null || /heartbeat timeout/i.test(failure.message) ? 'its worker was gone' : firstLine(failure.message);

/** What was seen of a run joins what is known of it. */
export function runSeen(state: WatchState, asOf: string, seen: RunSeen, at: string): WatchState {
  const noted = withNight(state, asOf, (night) =>
    withRun(night, refOf(seen), (run) => ({
      ...run,
      seen,
      progress: progressSince(run, seen, at),
      retried: {
        ...run.retried,
        ...Object.fromEntries(
          seen.pending.flatMap(({ step, attempt, failure }) =>
            attempt > 1 ? [[step, { attempt, message: saidOf(failure) }]] : [],
          ),
        ),
      },
    })),
  );
  return seen.ended === null ? noted : runEnded(noted, seen.ended, at);
}

/** Recorded runs, played through the rule of the watch as they came: which nights it would have rung for, and when. */
import { newWatch, type Night, nightSeen, runEnded, runPlanned, type WatchState } from './night';
import { neededFor, type Recorded, recordedAt, recordedEnd } from './recorded';
import type { NightSeen, ScheduleSeen } from './seen';
import type { WatchSettings } from './settings';
import { look, type Looked, openRuns } from './step';
import { lastRun, remainingMs } from './trouble';

/** So long before its deadline a night is known, where nothing of it came before. */
const AHEAD_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Of a schedule nothing is known but its runs. */
const SCHEDULE: Omit<ScheduleSeen, 'recent'> = {
  paused: false,
  note: null,
  changedByHand: [],
  nextDue: [],
  running: [],
  missedCatchup: 0,
  overlapSkipped: 0,
};

const iso = (time: number) => new Date(time).toISOString();

interface Heard {
  readonly at: number;
  /** What becomes of the watch by it. */
  readonly hear: (state: WatchState) => WatchState;
}

/** The nights of runs, with when they were due and when their data were needed. */
function nightsOf(settings: WatchSettings, runs: readonly Recorded[]): Map<string, NightSeen> {
  const nights = new Map<string, NightSeen>();
  for (const { day, dueAt } of runs) {
    const known = nights.get(day);
    nights.set(day, known ?? { asOf: day, dueAt, deadline: neededFor(settings, day, runs) });
  }
  return nights;
}

/** In the order in which it comes. `running` has the runs of schedules that go on. */
function heardOf(
  { lookEveryMs }: WatchSettings,
  runs: readonly Recorded[],
  nights: Iterable<NightSeen>,
  running: Set<Recorded>,
): Heard[] {
  const began = Date.parse(runs[0]?.record.startedAt ?? '');
  const heard: Heard[] = [];
  for (const night of nights)
    if (night.deadline !== null)
      heard.push({
        at: Math.max(began, Date.parse(night.deadline) - AHEAD_MS),
        hear: (state) => nightSeen(state, night, new Date(began).toISOString()),
      });
  for (const run of runs) {
    const { record, dueAt, planned } = run;
    const ended = Date.parse(record.endedAt);
    // Other runs are known once they are planned.
    if (dueAt !== null)
      heard.push({
        at: Date.parse(record.startedAt),
        hear(state) {
          running.add(run);
          return state;
        },
      });
    if (planned !== null) heard.push({ at: Date.parse(planned.at), hear: (state) => runPlanned(state, planned.run) });
    // What was seen last is what is known of a run that has ended.
    const before = Math.floor((ended - 1) / lookEveryMs) * lookEveryMs;
    if (planned !== null && Date.parse(planned.at) < before) heard.push({ at: before, hear: (state) => state });
    heard.push({
      at: ended,
      hear(state) {
        running.delete(run);
        return runEnded(state, recordedEnd(run), record.endedAt);
      },
    });
  }
  return heard.toSorted((a, b) => a.at - b.at);
}

/** When the steps of a night that go on get past their P90. */
function slowFrom({ usual }: WatchState, night: Night): number[] {
  const run = lastRun(night);
  const expected = run?.expected.length ? run.expected : usual;
  return (run?.seen?.pending ?? []).flatMap(({ step, since }) =>
    expected.flatMap((known) => (known.step === step ? [Date.parse(since) + 1000 * known.p90] : [])),
  );
}

/** Nights that this look would ring for. */
const rung = ({ orders }: Looked): string[] =>
  orders.flatMap((order) =>
    order.kind === 'observed' && order.observation.severity === 'critical' ? [order.observation.asOf] : [],
  );

/**
 * When each night would have rung first, by its day, in ISO 8601. `runs` as `recorded` gives them; what comes after `now` is
 * not played. It is looked whenever something is heard, and at the minutes between that may make a night ring.
 */
export function replay(settings: WatchSettings, runs: readonly Recorded[], now: Date): Map<string, string> {
  const pages = new Map<string, string>();
  const [first] = runs;
  if (first === undefined) return pages;
  const nights = nightsOf(settings, runs);
  const byId = new Map(runs.map((run) => [run.record.runId, run]));
  const running = new Set<Recorded>();
  const heard = heardOf(settings, runs, nights.values(), running);
  let state = newWatch(settings, first.record.startedAt);

  function lookAt(at: number): Looked {
    const open = openRuns(state).flatMap(({ runId }) => byId.get(runId) ?? []);
    const recent = [...running].flatMap(({ record: { workflowId, runId }, dueAt }) =>
      dueAt === null ? [] : [{ workflowId, runId, dueAt }],
    );
    return look(state, {
      at: iso(at),
      schedule: { ...SCHEDULE, recent },
      runs: [...new Set([...open, ...running])].map((run) => recordedAt(run, at)),
      nights: state.nights.flatMap(({ asOf, settledAt }) => (settledAt === null ? (nights.get(asOf) ?? []) : [])),
      // By day more is told, and nothing more rings.
      awake: false,
      nextDigest: iso(at),
    });
  }

  /**
   * When time alone may make a night ring next. What remains grows by time alone only when a step gets past its P90; until
   * then none rings before what remains and a repair take longer than is left. None rings twice.
   */
  function nextLook(at: number): number {
    const minute = (Math.floor(at / MINUTE_MS) + 1) * MINUTE_MS;
    const times = state.nights.map((night) => {
      const { asOf, deadline, settledAt } = night;
      if (deadline === null || settledAt !== null || pages.has(asOf)) return Number.POSITIVE_INFINITY;
      const needed = Date.parse(deadline);
      if (needed < minute) return Number.POSITIVE_INFINITY;
      const calm = needed - settings.repairMs - (remainingMs(state, night, at)?.p90 ?? 0);
      const next = Math.min(calm, ...slowFrom(state, night).filter((time) => time >= at));
      return Math.max(minute, Math.floor(next / MINUTE_MS) * MINUTE_MS);
    });
    return Math.min(...times);
  }

  let done = 0;
  for (let at = heard[0]?.at ?? Number.POSITIVE_INFINITY; at <= now.getTime(); ) {
    for (let news = heard[done]; news !== undefined && news.at <= at; news = heard[++done]) state = news.hear(state);
    const looked = lookAt(at);
    state = looked.state;
    for (const asOf of rung(looked)) if (!pages.has(asOf)) pages.set(asOf, iso(at));
    at = Math.min(heard[done]?.at ?? Number.POSITIVE_INFINITY, nextLook(at));
  }
  return pages;
}

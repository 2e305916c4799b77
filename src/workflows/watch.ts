/**
 * The night watch of a pipeline, outside its runs: it knows when a run should start and when its data are needed, looks at
 * what goes on, and tells incidents what is wrong. It never ends; it continues as new.
 */
import {
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  isCancellation,
  log,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { WatchActivities } from '../activities/watch';
import { answeredBy } from '../domain/watch/answered';
import { digestOf } from '../domain/watch/digest';
import type { IncidentInput } from '../domain/watch/incident';
import { type Mail, NO_MAIL } from '../domain/watch/mail';
import { deliveryTold, newWatch, runEnded, runPlanned, type WatchState, withNote } from '../domain/watch/night';
import { digestTargets } from '../domain/watch/routes';
import type { Seen } from '../domain/watch/seen';
import type { WatchNews, WatchSettings } from '../domain/watch/settings';
import { endedRuns, look, lookAgainMs, openDays, openRuns, type WatchOrder } from '../domain/watch/step';
import { watchFigures } from '../domain/watch/figures';
import { watchDetails } from '../domain/watch/watch-view';
import { mailbox } from './mailbox';

const newsSignal = defineSignal<[WatchNews]>('news');
const watchQuery = defineQuery<WatchState>('watch');

/** Ids of findings that are remembered. */
const TOLD = 50;
/** A dead man's switch is called no oftener. */
const CALL_EVERY_MS = 300_000;
/** What the Web UI shows of a step in one line. */
const SUMMARY = 200;
const retry = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '10s' } as const;

const { observe, tellIncident } = proxyActivities<WatchActivities>({
  startToCloseTimeout: '1m',
  // News that came meanwhile may be why it cannot be done.
  scheduleToCloseTimeout: '3m',
  // A worker that is gone in the middle of a look costs seconds.
  heartbeatTimeout: '5s',
  retry,
});
const { callHeartbeat } = proxyActivities<WatchActivities>({
  startToCloseTimeout: '15s',
  retry: { ...retry, maximumAttempts: 3 },
});

const now = () => new Date().toISOString();

export async function watch(carried: {
  readonly settings: WatchSettings;
  readonly state?: WatchState;
  readonly mail?: Mail;
}): Promise<void> {
  let state = carried.state ?? newWatch(carried.settings, now());
  const inbox: WatchNews[] = [];
  const orders: WatchOrder[] = [];
  const { workflowId } = workflowInfo();
  const post = mailbox(carried.mail ?? NO_MAIL, {
    settings: () => state.settings,
    told({ message, channel, since }, how) {
      const failure = 'failure' in how ? `${message.title}: ${how.failure}` : null;
      const lost = 'givenUp' in how && how.givenUp ? `${failure}; given up` : null;
      const news = { channel, since, text: lost === null ? failure : null, lost };
      state = deliveryTold(state, `${message.id} ${channel}`, news, now());
    },
  });
  let isOver = false;
  setHandler(newsSignal, (news) => void inbox.push(news));
  setHandler(watchQuery, () => state);

  function take(news: WatchNews): void {
    switch (news.kind) {
      case 'settings':
        state = { ...state, settings: news.settings };
        isOver = false;
        return;
      case 'planned':
        state = runPlanned({ ...state, settings: news.settings }, news.run);
        isOver = false;
        return;
      case 'ended': {
        // A run whose word was taken and not answered says it again.
        const fresh = news.told.filter(({ message }) => !state.told.includes(message.id));
        state = {
          ...runEnded(state, news.run, now()),
          told: [...state.told, ...fresh.map(({ message }) => message.id)].slice(-TOLD),
        };
        post.post(
          fresh.map(({ message, to }) => ({ message, targets: to.map((channel) => ({ channel, otherwise: [] })) })),
        );
        return;
      }
      case 'delivery':
        state = deliveryTold(state, news.incident, news, now());
        return;
      case 'answered':
        state = answeredBy(withNote(state, { at: now(), asOf: '', what: 'answered', text: news.text }), news.key);
        return;
      case 'unwatched':
        isOver = true;
    }
  }

  /** In their order; what cannot be told now is told after the next look. */
  async function tell(): Promise<void> {
    const { settings } = state;
    for (let [order] = orders; order !== undefined; [order] = orders) {
      const input: IncidentInput =
        order.kind === 'observed'
          ? { kind: 'observed', settings, observation: order.observation }
          : { kind: 'recovered', at: now(), text: order.text };
      const said = order.kind === 'observed' ? `${order.observation.severity}: ${order.observation.title}` : order.text;
      await tellIncident.executeWithOptions({ summary: said.slice(0, SUMMARY) }, [settings, order.key, input]);
      orders.shift();
    }
  }

  function digest(seen: Seen): void {
    const { nextDigest, settings } = state;
    if (nextDigest !== null && nextDigest <= seen.at) {
      const message = digestOf(state, workflowId, seen.at);
      const targets = digestTargets(settings).map((channel) => ({ channel, otherwise: [] }));
      if (message !== undefined) post.post([{ message, targets }]);
      state = { ...state, notes: [] };
    }
    state = { ...state, nextDigest: seen.nextDigest };
  }

  /** While the watch works and gets through: whoever is not called any more, rings in its stead. */
  async function call(): Promise<void> {
    const url = state.settings.notify.heartbeat_url;
    const last = state.calledAt === null ? 0 : Date.parse(state.calledAt);
    if (url === undefined || Object.keys(state.undelivered).length > 0 || Date.now() - last < CALL_EVERY_MS) return;
    state = { ...state, calledAt: now() };
    await callHeartbeat(url).catch(() => undefined);
  }

  /** Gives how long until the next look, in milliseconds. */
  async function lookOnce(): Promise<number> {
    const seen = await observe({
      settings: state.settings,
      runs: openRuns(state),
      ended: endedRuns(state),
      days: openDays(state),
      begins: state.nextDigest === null,
      figures: watchFigures(state, Date.now()),
    });
    const looked = look(state, seen);
    state = looked.state;
    orders.push(...looked.orders);
    digest(seen);
    setCurrentDetails(watchDetails(state, seen));
    await tell();
    await call();
    return lookAgainMs(state, seen, Date.now());
  }

  /** Ends what it has begun, once nobody is to watch any more. Gives `null` when that is done, 0 when news came meanwhile. */
  async function end(): Promise<number | null> {
    const open = new Set(state.nights.flatMap(({ incident }) => incident ?? []));
    orders.push(...[...open].map((key) => ({ kind: 'recovered', key, text: 'nobody watches it any more' }) as const));
    // Who watches it again tells anew what is wrong by then.
    state = { ...state, nights: state.nights.map((night) => ({ ...night, incident: null, said: null })) };
    await tell();
    await condition(() => post.isEmpty() || inbox.length > 0, '10m');
    return inbox.length > 0 ? 0 : null;
  }

  for (;;) {
    for (let news = inbox.shift(); news !== undefined; news = inbox.shift()) take(news);
    const again = await (isOver ? end() : lookOnce()).catch((error: unknown) => {
      if (isCancellation(error)) throw error;
      // It never ends; and while it sees nothing, the dead man's switch is not called.
      log.error('the watch cannot look, and tries again', { error });
      return state.settings.lookEveryMs;
    });
    if (again === null) return;
    const isIdle = !post.isSending() && inbox.length === 0 && orders.length === 0;
    if (workflowInfo().continueAsNewSuggested && isIdle)
      await continueAsNew<typeof watch>({ settings: state.settings, state, mail: post.mail() });
    await condition(() => inbox.length > 0, again);
  }
}

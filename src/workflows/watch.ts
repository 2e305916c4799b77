/**
 * The night watch of a pipeline, outside its runs: it knows when a run should start and when its data are needed, looks at
 * what goes on, and tells incidents what is wrong. It never ends; it continues as new.
 */
import {
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { WatchActivities } from '../activities/watch';
import { digestOf } from '../domain/watch/digest';
import type { IncidentInput } from '../domain/watch/incident';
import { type Mail, NO_MAIL } from '../domain/watch/mail';
import { newWatch, runEnded, runPlanned, type WatchState, withDelivery } from '../domain/watch/night';
import { digestTargets } from '../domain/watch/routes';
import type { Seen } from '../domain/watch/seen';
import type { WatchNews, WatchSettings } from '../domain/watch/settings';
import { look, lookAgainMs, openRuns, type WatchOrder } from '../domain/watch/step';
import { watchFigures } from '../domain/watch/figures';
import { watchDetails } from '../domain/watch/watch-view';
import { mailbox } from './mailbox';

const newsSignal = defineSignal<[WatchNews]>('news');
const watchQuery = defineQuery<WatchState>('watch');

/** A dead man's switch is called no oftener. */
const CALL_EVERY_MS = 300_000;
const retry = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '10s' } as const;

const { observe, tellIncident } = proxyActivities<WatchActivities>({ startToCloseTimeout: '1m', retry });
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
  const { workflowId } = workflowInfo();
  const post = mailbox(carried.mail ?? NO_MAIL, {
    settings: () => state.settings,
    told({ message, channel, since }, _answer, failure) {
      const text = failure === null ? null : `${message.title}: ${failure}`;
      state = withDelivery(state, { of: message.id, channel, since, text });
    },
  });
  setHandler(newsSignal, (news) => void inbox.push(news));
  setHandler(watchQuery, () => state);

  function take(news: WatchNews): void {
    switch (news.kind) {
      case 'settings':
        state = { ...state, settings: news.settings };
        return;
      case 'planned':
        state = runPlanned({ ...state, settings: news.settings }, news.run);
        return;
      case 'ended':
        state = runEnded(state, news.run, now());
        post.post(
          news.told.map(({ message, to }) => ({ message, targets: to.map((channel) => ({ channel, otherwise: [] })) })),
        );
        return;
      case 'delivery':
        state = withDelivery(state, { of: news.incident, ...news });
    }
  }

  async function tell(order: WatchOrder): Promise<void> {
    const { settings } = state;
    const input: IncidentInput =
      order.kind === 'observed'
        ? { kind: 'observed', settings, observation: order.observation }
        : { kind: 'recovered', at: now(), text: order.text };
    await tellIncident(settings, order.key, input);
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

  for (;;) {
    for (let news = inbox.shift(); news !== undefined; news = inbox.shift()) take(news);
    const days = state.nights.filter(({ settledAt }) => settledAt === null).map(({ asOf }) => asOf);
    const seen = await observe({
      settings: state.settings,
      runs: openRuns(state),
      days,
      figures: watchFigures(state, Date.now()),
    });
    const looked = look(state, seen);
    state = looked.state;
    for (const order of looked.orders) await tell(order);
    digest(seen);
    setCurrentDetails(watchDetails(state, seen));
    await call();
    if (workflowInfo().continueAsNewSuggested && !post.isSending() && inbox.length === 0)
      await continueAsNew<typeof watch>({ settings: state.settings, state, mail: post.mail() });
    await condition(() => inbox.length > 0, lookAgainMs(state, seen, Date.now()));
  }
}

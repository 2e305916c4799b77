/**
 * An incident: a workflow for one root cause, from first sight to recovery. It hears what the watch saw and what people
 * answer, tells whom it concerns, and asks again until somebody answers. It stays for a while after it was resolved, so that
 * the same cause opens it again.
 */
import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  getExternalWorkflowHandle,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { type Incident, type IncidentInput, newIncident } from '../domain/watch/incident';
import { answerProblem } from '../domain/watch/incident-answer';
import { incidentStep, messageTold, nextTime } from '../domain/watch/incident-step';
import { INCIDENT_MEMO, incidentDetails, incidentSummary, waitsFor } from '../domain/watch/incident-view';
import { type Mail, NO_MAIL } from '../domain/watch/mail';
import { incidentId, watchId, type WatchNews } from '../domain/watch/settings';
import { milliseconds } from '../domain/window';
import { mailbox } from './mailbox';

/** What people answer, from any client; typed by hand, so nobody has looked at it yet. */
export interface Answer {
  readonly why: string;
  readonly who?: string;
  /** Of a snooze: how long, such as `2h`. */
  readonly for?: string;
}

const tellSignal = defineSignal<[IncidentInput]>('tell');
const incidentQuery = defineQuery<Incident | null>('incident');
const ackUpdate = defineUpdate<string, [Answer]>('ack');
const snoozeUpdate = defineUpdate<string, [Answer]>('snooze');
const resolveUpdate = defineUpdate<string, [Answer]>('resolve');

const now = () => new Date().toISOString();

/** The update is refused, and the workflow goes on. */
const badAnswer = (problem: string): Error =>
  ApplicationFailure.create({ type: 'BadRequest', message: problem, nonRetryable: true });

/** A watch that is not there any more has no morning to tell it in. */
function tellWatch({ settings: { taskQueue, pipeline } }: Incident, news: WatchNews): void {
  getExternalWorkflowHandle(watchId(taskQueue, pipeline))
    .signal('news', news)
    .catch(() => undefined);
}

export async function incident(carried: { readonly incident?: Incident; readonly mail?: Mail }): Promise<string> {
  const { workflowId } = workflowInfo();
  const inbox: IncidentInput[] = [];
  let state = carried.incident;
  const post = mailbox(carried.mail ?? NO_MAIL, {
    settings: () => {
      if (state === undefined) throw new Error('nothing was told yet');
      return state.settings;
    },
    told(parcel, how) {
      if (state === undefined) return;
      state = messageTold(state, now(), parcel, how);
      show();
      tellDelivery('givenUp' in how && how.givenUp ? `${parcel.message.title}: ${how.failure}; given up` : null);
    },
  });

  /** The digest says what does not get through, and what was given up. */
  let unsaid = carried.mail?.parcels.some(({ failure }) => failure !== null) ?? false;
  function tellDelivery(lost: string | null): void {
    const failing = post.mail().parcels.find(({ failure }) => failure !== null);
    if (state === undefined || (failing === undefined && !unsaid && lost === null)) return;
    unsaid = failing !== undefined || lost !== null;
    const text = failing === undefined ? null : `${failing.message.title}: ${failing.failure ?? ''}`;
    const { channel = '', since = now() } = failing ?? {};
    tellWatch(state, { kind: 'delivery', incident: workflowId, channel, since, text, lost });
  }

  /** The digest says no more that it waits. */
  function tellResolved(resolved: Incident, text: string): void {
    const key = workflowId.slice(incidentId(resolved.settings.taskQueue, '').length);
    tellWatch(resolved, { kind: 'answered', key, text });
  }

  function show(): void {
    if (state === undefined) return;
    upsertMemo({ [INCIDENT_MEMO]: incidentSummary(state) });
    setCurrentDetails(incidentDetails(state));
  }

  function take(input: IncidentInput): void {
    if (input.kind === 'observed') state ??= newIncident(workflowId, input.settings, input.observation);
    if (state === undefined) return;
    const stepped = incidentStep(state, input);
    state = stepped.incident;
    if (input.kind !== 'time' || stepped.orders.length > 0) show();
    post.post(stepped.orders);
  }

  const answered = (kind: 'ack' | 'resolve' | 'snooze') => ({
    handler({ why, who = 'somebody', for: span = '1h' }: Answer): string {
      const at = now();
      if (kind === 'snooze')
        take({ kind, at, why, who, until: new Date(Date.now() + milliseconds(span)).toISOString() });
      else take({ kind, at, why, who });
      if (kind === 'resolve' && state !== undefined) tellResolved(state, `${state.last.title} (${who}: ${why})`);
      return state?.status ?? '';
    },
    validator(answer: Answer) {
      const problem = answerProblem(state, kind, answer);
      if (problem !== undefined) throw badAnswer(problem);
    },
  });
  for (const [kind, update] of [
    ['ack', ackUpdate],
    ['snooze', snoozeUpdate],
    ['resolve', resolveUpdate],
  ] as const) {
    const { handler, validator } = answered(kind);
    setHandler(update, handler, { validator });
  }
  setHandler(incidentQuery, () => state ?? null);
  setHandler(tellSignal, (input) => void inbox.push(input));

  for (;;) {
    for (let input = inbox.shift(); input !== undefined; input = inbox.shift()) take(input);
    take({ kind: 'time', at: now() });
    const next = state === undefined ? null : nextTime(state);
    const isOver = state?.status === 'resolved' && next !== null && next <= Date.now();
    if (isOver && post.isEmpty() && inbox.length === 0 && allHandlersFinished()) return state?.last.title ?? '';
    if (workflowInfo().continueAsNewSuggested && !post.isSending() && allHandlersFinished() && state !== undefined)
      await continueAsNew<typeof incident>({ incident: state, mail: post.mail() });
    const before = state;
    const changed = () => inbox.length > 0 || state !== before || (isOver && post.isEmpty());
    if (next === null || isOver) await condition(changed);
    else await condition(changed, Math.max(1, next - Date.now()), { summary: waitsFor(state?.status) });
  }
}

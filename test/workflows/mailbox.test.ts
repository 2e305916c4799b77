/** Messages on their way while channels die and come back: a mailbox as incidents have it, with its clock in our hands. */
import { ActivityFailure, ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { SendRequest } from '../../src/activities/watch';
import { notifySchema } from '../../src/domain/watch/definition';
import { type IncidentInput, newIncident, type Observation } from '../../src/domain/watch/incident';
import { incidentStep, messageTold } from '../../src/domain/watch/incident-step';
import { type Mail, NO_MAIL } from '../../src/domain/watch/mail';
import type { Severity } from '../../src/domain/watch/message';
import type { WatchSettings } from '../../src/domain/watch/settings';
import { mailbox } from '../../src/workflows/mailbox';
import { at, DAY, settings as base } from '../domain/watch/seen';

let sends: string[] = [];
let pauses: { ms: number; end: (error?: Error) => void }[] = [];
/** What a channel does with what is sent to it; a promise may take its time. */
let channels: Record<string, () => Promise<void>> = {};
/** Attempts that each was allowed. */
let allowed: (number | undefined)[] = [];

jest.mock('@temporalio/workflow', () => ({
  ...jest.requireActual<object>('@temporalio/workflow'),
  proxyActivities: ({ retry }: { retry: { maximumAttempts?: number } }) => ({
    async send({ channel, message }: SendRequest) {
      sends.push(`${channel} ${message.event}`);
      allowed.push(retry.maximumAttempts);
      await channels[channel]?.();
      return { answer: 'ok' };
    },
  }),
  sleep: async (ms: number) =>
    await new Promise<void>((resolve, reject) => {
      pauses.push({ ms, end: (error) => (error === undefined ? resolve() : reject(error)) });
    }),
}));

beforeEach(() => {
  [sends, pauses, channels, allowed] = [[], [], {}, []];
  jest.useFakeTimers({ now: new Date(at('06:00')), doNotFake: ['setImmediate'] });
});
afterEach(() => jest.useRealTimers());

const settled = async () => await new Promise<void>((resolve) => setImmediate(resolve));
const dead = (details: unknown[] = []) => ApplicationFailure.create({ type: 'Transient', message: 'dead', details });
const isDead = async () => await Promise.reject(dead());
const isRefused = async () =>
  await Promise.reject(ApplicationFailure.create({ type: 'MessageRefused', message: 'too long' }));

/** An attempt that is out until it is told how it ends. */
function held() {
  let end: (error: Error) => void = () => undefined;
  const attempt = async () =>
    await new Promise<void>((_, reject) => {
      end = reject;
    });
  return { attempt, fail: (error: Error = dead()) => end(error) };
}

/** All pauses are over. */
async function later(): Promise<void> {
  const ending = pauses.splice(0);
  jest.setSystemTime(Date.now() + Math.max(0, ...ending.map(({ ms }) => ms)));
  for (const { end } of ending) end();
  await settled();
}

const observation = (severity: Severity): Observation => ({
  ...{ at: new Date().toISOString(), severity, asOf: DAY, title: 'T', sections: [], command: 'c', links: [] },
  cause: { pipeline: 'shop', kind: 'failed', failure: 'ModelFailed', step: 's', message: 'm' },
  runbook: 'failed',
});

type Routes = readonly { to: readonly string[]; otherwise?: readonly string[]; severity?: readonly Severity[] }[];

/** An incident whose messages go through a mailbox. */
function incidentOf(routes: Routes) {
  const hook = { type: 'webhook', url: '${env:HOOK}' };
  const declared = { ring: hook, lead: hook, chat: hook, mail: hook };
  const settings: WatchSettings = { ...base, notify: notifySchema.parse({ channels: declared, routes }) };
  let state = newIncident('daybreak-incident-1', settings, observation('routine'));
  const open = (mail: Mail) =>
    mailbox(mail, {
      settings: () => settings,
      told(parcel, how) {
        state = messageTold(state, 'now', parcel, how);
      },
    });
  let post = open(NO_MAIL);
  async function take(input: IncidentInput): Promise<void> {
    const stepped = incidentStep(state, input);
    state = stepped.incident;
    post.post(stepped.orders);
    await settled();
  }
  return {
    observed: async (severity: Severity) =>
      await take({ kind: 'observed', settings, observation: observation(severity) }),
    acknowledged: async () => await take({ kind: 'ack', at: new Date().toISOString(), who: 'sarah', why: 'mine' }),
    recovered: async () => await take({ kind: 'recovered', at: new Date().toISOString(), text: 'it is out' }),
    async continued() {
      const { parcels, references, notBefore } = JSON.parse(JSON.stringify(post.mail())) as Mail;
      post = open({ parcels, references, notBefore });
      await settled();
    },
    post: () => post,
  };
}

test('what waits behind a message that is out goes to its own others once the channel is dead', async () => {
  const chat = held();
  channels = { chat: chat.attempt };
  const incident = incidentOf([
    { severity: ['degraded'], to: ['chat'] },
    { severity: ['critical'], to: ['chat'], otherwise: ['mail'] },
  ]);
  await incident.observed('degraded');
  await incident.observed('critical');
  expect(sends).toEqual(['chat opened']);
  chat.fail();
  await settled();
  expect(sends).toEqual(['chat opened', 'mail raised']);
  channels = {};
  await later();
  expect(sends.slice(2)).toEqual(['chat opened', 'chat raised']);
  expect(incident.post().isEmpty()).toBe(true);
});

test('what is told while a channel is dead goes to others at once, also during another attempt', async () => {
  channels = { chat: isDead };
  const incident = incidentOf([
    { severity: ['degraded'], to: ['chat'] },
    { severity: ['critical'], to: ['chat'], otherwise: ['mail'] },
  ]);
  await incident.observed('degraded');
  const again = held();
  channels = { chat: again.attempt };
  await later();
  await incident.observed('critical');
  expect(sends).toEqual(['chat opened', 'chat opened', 'mail raised']);
  again.fail();
  await settled();
  expect(sends).toHaveLength(3);
});

test('who stands in for two dead channels hears of it once', async () => {
  channels = { ring: isDead, lead: isDead };
  const incident = incidentOf([{ to: ['ring', 'lead'], otherwise: ['chat'] }]);
  await incident.observed('critical');
  expect(sends).toEqual(['ring opened', 'lead opened', 'chat opened']);
});

test('nobody else is told of what is over while the first attempt is out', async () => {
  const ring = held();
  channels = { ring: ring.attempt };
  const incident = incidentOf([{ to: ['ring'], otherwise: ['lead'] }]);
  await incident.observed('critical');
  await incident.recovered();
  ring.fail();
  channels = {};
  await settled();
  await later();
  expect(sends).toEqual(['ring opened', 'ring resolved']);
});

test('who is being told in the stead of another hears that it is over', async () => {
  const lead = held();
  channels = { ring: isDead, lead: lead.attempt };
  const incident = incidentOf([{ to: ['ring'], otherwise: ['lead'] }]);
  await incident.observed('critical');
  await incident.recovered();
  lead.fail();
  channels = {};
  await settled();
  await later();
  expect(sends).toEqual(['ring opened', 'lead opened', 'ring resolved', 'lead resolved']);
});

test('an incident that begins again behind a dead channel is told', async () => {
  channels = { ring: isDead };
  const incident = incidentOf([{ to: ['ring'] }]);
  await incident.observed('critical');
  await incident.recovered();
  await later();
  await incident.observed('critical');
  channels = {};
  await later();
  expect(sends).toEqual(['ring opened', 'ring resolved', 'ring resolved', 'ring reopened']);
});

test('a channel that asks to wait is left alone by the successor too, whatever is over meanwhile', async () => {
  const wait = 3_600_000;
  channels = { ring: async () => await Promise.reject(dead([{}, { retryAfterMs: wait }])) };
  const incident = incidentOf([{ to: ['ring'] }]);
  await incident.observed('critical');
  jest.setSystemTime(Date.now() + 60_000);
  pauses = [];
  await incident.continued();
  await incident.recovered();
  expect(sends).toEqual(['ring opened']);
  expect(pauses.map(({ ms }) => ms)).toEqual([wait - 60_000]);
  channels = {};
  await later();
  expect(sends).toEqual(['ring opened', 'ring resolved']);
});

test('a message that was tried in vain is tried once a time', async () => {
  channels = { ring: isDead };
  const incident = incidentOf([{ to: ['ring'] }]);
  await incident.observed('critical');
  await later();
  await later();
  expect(allowed).toEqual([undefined, 1, 1]);
});

test('a message that is refused goes to others, and holds up nothing', async () => {
  channels = { ring: isRefused };
  const incident = incidentOf([{ to: ['ring'], otherwise: ['lead'] }]);
  await incident.observed('critical');
  expect(sends).toEqual(['ring opened', 'lead opened']);
  expect([incident.post().isEmpty(), pauses]).toEqual([true, []]);
});

test.each<[string, () => Promise<void>, number]>([
  ['took it', async () => await Promise.resolve(), 0],
  ['refused it', isRefused, 0],
  ['had not taken it for more than a day', isDead, 25],
])('a channel is alive again when it %s', async (_, then, hours) => {
  channels = { ring: isDead };
  const incident = incidentOf([{ to: ['ring'], otherwise: ['lead'] }]);
  await incident.observed('degraded');
  expect(sends).toEqual(['ring opened', 'lead opened']);
  channels = { ring: then };
  jest.setSystemTime(Date.now() + hours * 3_600_000);
  await later();
  expect(incident.post().isEmpty()).toBe(true);
  channels = {};
  await incident.recovered();
  await incident.observed('critical');
  expect([sends.slice(3), pauses]).toEqual([['ring resolved', 'lead resolved', 'ring reopened'], []]);
});

test.each<[string, () => Promise<void>]>([
  ['took', async () => await Promise.resolve()],
  ['refused', isRefused],
])('others are left alone when a channel %s what waited and has the next in hand', async (_, then) => {
  channels = { ring: isDead };
  const incident = incidentOf([
    { severity: ['degraded'], to: ['ring'] },
    { severity: ['critical'], to: ['ring'], otherwise: ['lead'] },
  ]);
  await incident.observed('degraded');
  await incident.acknowledged();
  const answers = [then, held().attempt];
  channels = { ring: async () => await answers.shift()?.() };
  await later();
  await incident.observed('critical');
  expect(sends).toEqual(['ring opened', 'ring opened', 'ring acknowledged']);
});

test.each(['waits', 'is out'])('nothing goes on when the workflow is cancelled while a message %s', async (how) => {
  const unhandled = jest.fn();
  process.on('unhandledRejection', unhandled);
  const ring = held();
  channels = { ring: how === 'waits' ? isDead : ring.attempt };
  const incident = incidentOf([{ to: ['ring'], otherwise: ['lead'] }]);
  await incident.observed('critical');
  const before = [...sends];
  const cancelled = new CancelledFailure('cancelled');
  for (const { end } of pauses) end(cancelled);
  ring.fail(new ActivityFailure('cancelled', 'send', '1', 'NON_RETRYABLE_FAILURE', 'me', cancelled));
  await settled();
  await settled();
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
  expect(sends).toEqual(before);
});

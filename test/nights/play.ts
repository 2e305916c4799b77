/** Plays one night from its file: a script, events with their times, and what must come of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { milliseconds } from '../../src/domain/window';
import { eventually } from '../dev/temporary';
import type { Fault } from '../support/channels';
import type { TestServer } from '../support/server';
import { type ChannelName, CHANNELS } from './channels';
import type { Acts } from './script';
import type { Clocks, Night, NightOptions, Stage } from './stage';

/**
 * When: so long after the beginning, or after something at a channel, and then so much later. `ring`: its first message;
 * `ring acknowledge`: the first one that reads so; `ring request`: the first that was asked of it, taken or not.
 */
interface When {
  readonly at?: string;
  readonly after?: ChannelName | `${ChannelName} ${string}`;
}

type Event = When &
  (
    | { readonly kill: 'worker' | 'watch' }
    | { readonly start: 'worker' | 'watch' }
    | { readonly terminate: 'watch' }
    | { readonly run: string; readonly of?: 'tomorrow' }
    | { readonly channel: ChannelName; readonly answers: Fault | 'well'; readonly times?: number }
    | { readonly ack: string }
    | { readonly snooze: string; readonly for: string }
    | { readonly resolve: string }
    | { readonly server: 'restarts'; readonly away: string }
  );

export interface NightFile extends Clocks, Pick<NightOptions, 'own' | 'ownSteps' | 'workerless' | 'notify'> {
  readonly about: string;
  /** It is played when no other night is. */
  readonly alone?: boolean;
  /** Runs by name; `first` is started at once, or by a schedule. */
  readonly runs: Readonly<Record<string, Acts>>;
  readonly schedule?: { readonly in: string; readonly paused?: boolean };
  readonly events?: readonly Event[];
  readonly messages: Readonly<Partial<Record<ChannelName, readonly string[]>>>;
  /** How often somebody was rung. */
  readonly pages: number;
  /** The ring is not what is shown: it may come when it can. */
  readonly rings?: 'late';
  /** Of which people were told, as they are in the end. */
  readonly incidents: readonly { readonly status: string; readonly about: string; readonly nights?: number }[];
  /** A message came to its channel so long after it was refused at first. */
  readonly waits?: { readonly channel: ChannelName; readonly atLeast: string };
  /** Words that somebody reads. */
  readonly mentions?: readonly string[];
}

const LIMIT_MS = 45_000;
const ASK_EVERY_MS = 500;
/** Nothing comes any more. */
const SETTLED_MS = 700;
/** A machine that is busy takes so long to look and to send. */
const BUSY_MS = 6_000;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));

export const readNight = (folder: string): NightFile =>
  parse(readFileSync(join(folder, 'night.yaml'), 'utf8')) as NightFile;

async function due(night: Night, { at = '0s', after }: When): Promise<void> {
  if (after === undefined) return void (await sleep(night.begun + milliseconds(at) - Date.now()));
  const [channel, ...words] = after.split(' ') as [ChannelName, ...string[]];
  const text = words.join(' ');
  const came = () =>
    text === 'request' && channel !== 'mail'
      ? night.channels.requests(channel) > 0
      : night.channels.received(channel).some((message) => text === '' || message === text);
  await eventually(`there is ${after}`, came, LIMIT_MS);
  await sleep(milliseconds(at));
}

async function happen(server: TestServer, night: Night, { runs }: NightFile, event: Event): Promise<void> {
  await due(night, event);
  if ('kill' in event) return event.kill === 'worker' ? night.killWorker() : night.killWatch();
  if ('start' in event) return event.start === 'worker' ? await night.startWorker() : await night.startWatch();
  if ('terminate' in event) return await night.terminateWatch();
  if ('run' in event)
    return await night.run(runs[event.run] ?? {}, event.of === undefined ? night.today : night.tomorrow);
  if ('channel' in event)
    return night.channels.answer(event.channel, event.answers === 'well' ? undefined : event.answers, event.times);
  if ('ack' in event) return await night.answer('ack', { why: event.ack, who: 'sarah' });
  if ('snooze' in event) return await night.answer('snooze', { why: event.snooze, for: event.for });
  if ('resolve' in event) return await night.answer('resolve', { why: event.resolve });
  await server.kill();
  await sleep(milliseconds(event.away));
  return await server.restart();
}

/** What came of a night, in the words of its file. */
interface CameOf {
  readonly messages: Readonly<Record<string, readonly string[]>>;
  readonly pages: number;
  readonly incidents: readonly { readonly status: string; readonly nights: number }[];
}

async function cameOf(night: Night, { messages }: NightFile): Promise<CameOf> {
  const named = CHANNELS.filter((name) => messages[name] !== undefined || night.channels.received(name).length > 0);
  // Of what heals, nobody is told.
  const incidents = (await night.incidents()).filter(({ toldAt }) => toldAt !== null);
  return {
    messages: Object.fromEntries(named.map((name) => [name, night.channels.received(name)])),
    pages: night.channels.pages(),
    incidents: incidents.map(({ status, nights }) => ({ status, nights: nights.length })),
  };
}

export interface NightEnd {
  readonly came: CameOf;
  readonly expected: CameOf;
  /** How long after the last moment at which a repair fits the page was accepted, in ms. */
  readonly ringMs: number | undefined;
  /** How long the message of `waits` took, in ms. */
  readonly waitedMs: number | undefined;
  /** What no incident was about, and should be. */
  readonly unseen: readonly string[];
  readonly bodies: string;
  readonly problems: readonly string[];
}

export async function playNight(server: TestServer, stage: Stage, name: string, file: NightFile): Promise<NightEnd> {
  const night = await stage.open({ ...file, name });
  const { runs, schedule, events = [], messages, pages, waits } = file;
  const begins = async () => {
    const acts = runs.first;
    if (schedule !== undefined) await night.schedule(acts ?? {}, milliseconds(schedule.in), schedule.paused === true);
    else if (acts !== undefined) await night.run(acts);
  };
  await Promise.all([begins(), ...events.map(async (event) => await happen(server, night, file, event))]);
  const expected = {
    messages: Object.fromEntries(Object.entries(messages).map(([channel, texts]) => [channel, [...texts]])),
    pages,
    incidents: file.incidents.map(({ status, nights = 1 }) => ({ status, nights })),
  };
  const isOver = async () => {
    const { nights } = await night.watch();
    return nights.every(({ runs: all, settledAt }) => all.length === 0 || settledAt !== null);
  };
  // Asking is work for the watch: seldom.
  const until = Date.now() + LIMIT_MS;
  while (!(await isOver().catch(() => false)) && Date.now() < until) await sleep(ASK_EVERY_MS);
  const isAsExpected = async () => isDeepStrictEqual(await cameOf(night, file), expected);
  while (!(await isAsExpected()) && Date.now() < until) await sleep(ASK_EVERY_MS);
  await sleep(SETTLED_MS);
  const came = await cameOf(night, file);

  const timeline = (await night.incidents()).flatMap((incident) => incident.timeline);
  const unseen = file.incidents.filter(({ about }) => !timeline.some(({ text }) => text.includes(about)));
  const first = (what: string, channel: ChannelName) =>
    timeline.find(({ what: is, text }) => is === what && text.replace(/^channel /, '').startsWith(`${channel}: `))?.at;
  const rang = first('sent', 'ring');
  const lastMoment = night.deadline - night.settings.repairMs + night.settings.lookEveryMs + BUSY_MS;
  const [refused, sent] = waits === undefined ? [] : [first('not sent', waits.channel), first('sent', waits.channel)];
  return {
    ...{ came, expected },
    ringMs: rang === undefined ? undefined : Date.parse(rang) - lastMoment,
    waitedMs: refused === undefined || sent === undefined ? undefined : Date.parse(sent) - Date.parse(refused),
    unseen: unseen.map(({ about }) => about),
    bodies: night.channels.bodies(),
    problems: night.channels.problems(),
  };
}

/**
 * A stage for nights with short clocks: the real workflows, the real watch process and its notifiers, and steps that do
 * what the script says. Nights of one stage have one server, and one watch if they do not ask for their own.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { notifySchema } from '../../src/domain/watch/definition';
import { clockTime } from '../../src/domain/hours';
import type { Incident } from '../../src/domain/watch/incident';
import { INCIDENT_MEMO, type IncidentSummary } from '../../src/domain/watch/incident-view';
import type { WatchState } from '../../src/domain/watch/night';
import { scheduleId, watchId, type WatchSettings } from '../../src/domain/watch/settings';
import { addDays, localDay, milliseconds } from '../../src/domain/window';
import { tellWatch } from '../../src/temporal/watch';
import { eventually, temporaryFolder } from '../dev/temporary';
import type { TestServer } from '../support/server';
import { type NightChannels, startChannels } from './channels';
import { type NightProcess, startNightWorker, startWatchProcess } from './processes';
import type { Acts, NightScript } from './script';

const MONTHS = [
  ...(['JANUARY', 'FEBRUARY', 'MARCH', 'APRIL', 'MAY', 'JUNE'] as const),
  ...(['JULY', 'AUGUST', 'SEPTEMBER', 'OCTOBER', 'NOVEMBER', 'DECEMBER'] as const),
];

/** Clocks of a night. */
export interface Clocks {
  /** Since it began, such as `12s`. */
  readonly deadline: string;
  readonly repair: string;
  readonly look?: string;
  readonly patience?: string;
  readonly again?: string;
}

export interface NightOptions extends Clocks {
  readonly name: string;
  /** Of `notify`, without its channels; the digest is far away, or at the deadline when it is `null`. */
  readonly notify?: Readonly<Record<string, unknown>>;
  /** It has queues and processes of its own, which can be killed. */
  readonly own?: boolean;
  /** A worker of its own for its steps, which can be killed. */
  readonly ownSteps?: boolean;
  /** Its own worker is not there yet. */
  readonly workerless?: boolean;
}

/** By default everyone in the chat, and the ring when it is critical. */
const ROUTES = [{ to: ['chat'] }, { severity: ['critical'], to: ['ring'] }];
/** Far from now: nobody is about, and no digest comes between. */
const DIGEST = '23:00';

/** It is about noon there, so that a night of seconds never spans midnight. */
function noonZone(): string {
  const ahead = 12 - new Date().getUTCHours();
  return ahead === 0 ? 'Etc/UTC' : `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
}

export interface Night {
  readonly settings: WatchSettings;
  readonly channels: NightChannels;
  /** When it began, and when its data are needed, in ms. */
  readonly begun: number;
  readonly deadline: number;
  /** The day of its data, and the one after it. */
  readonly today: string;
  readonly tomorrow: string;
  /** Starts a run. */
  run(acts: Acts, asOf?: string): Promise<void>;
  /** A Temporal Schedule that starts one so many seconds from now, on a full second. */
  schedule(acts: Acts, inMs: number, paused: boolean): Promise<void>;
  startWorker(): Promise<void>;
  killWorker(): void;
  startWatch(): Promise<void>;
  killWatch(): void;
  /** Its workflow, as somebody may do by hand; whatever is told to it next starts it again. */
  terminateWatch(): Promise<void>;
  incidents(): Promise<Incident[]>;
  watch(): Promise<WatchState>;
  answer(kind: 'ack' | 'snooze' | 'resolve', answer: Record<string, string>): Promise<void>;
  close(): Promise<void>;
}

export interface Stage {
  /** Prepares a night; its clock runs from then on. */
  open(options: NightOptions): Promise<Night>;
  /** Kills what watches, and starts it anew. */
  restartWatch(): Promise<void>;
  close(): Promise<void>;
}

let serial = 0;

/** `count` nights can have the common watch. */
export async function openStage(server: TestServer, count: number): Promise<Stage> {
  const { address, client } = server;
  serial += 1;
  const shared = `nights-${process.pid}-${serial}`;
  const spare = await Promise.all(Array.from({ length: count }, async (_, index) => await startChannels(index)));
  const secrets = Object.assign({}, ...spare.map((channels) => channels.secrets)) as Record<string, string>;
  const [startedWatch, worker] = await Promise.all([
    startWatchProcess(address, shared, secrets),
    startNightWorker(address, { runs: shared, steps: `${shared}-steps` }),
  ]);
  let watch = startedWatch;
  const nights: Night[] = [];
  return {
    async open(options) {
      const channels = spare.shift();
      if (channels === undefined) throw new Error(`the stage was opened for ${count} nights`);
      const night = await openNight(server, shared, channels, options);
      nights.push(night);
      return night;
    },
    async restartWatch() {
      watch.kill();
      watch = await startWatchProcess(address, shared, secrets);
    },
    async close() {
      await Promise.all(nights.map(async (night) => await night.close()));
      await Promise.all([watch.stop(), worker.stop(), ...spare.map(async (channels) => await channels.stop())]);
      await endWorkflows(client, shared);
    },
  };
}

/** Watches never end by themselves, and a server that is stopped has no more use for them. */
async function endWorkflows(client: Client, taskQueue: string): Promise<void> {
  for await (const { workflowId } of client.workflow.list({
    query: `WorkflowId STARTS_WITH "${taskQueue}-" AND ExecutionStatus = "Running"`,
  }))
    await client.workflow
      .getHandle(workflowId)
      .terminate()
      .catch(() => undefined);
}

async function openNight(
  { address, client }: TestServer,
  shared: string,
  channels: NightChannels,
  options: NightOptions,
): Promise<Night> {
  const { name, notify = {}, own = false, ownSteps = false, workerless = false } = options;
  const taskQueue = own ? `${shared}-${name}` : shared;
  const steps = own || ownSteps ? `${taskQueue}-${name}-steps` : `${shared}-steps`;
  const folder = temporaryFolder();
  const zone = noonZone();
  let workerProcess: NightProcess | undefined;
  let watchProcess: NightProcess | undefined;
  const startWorker = async () => {
    workerProcess = await startNightWorker(address, { steps, ...(own ? { runs: taskQueue } : {}) });
  };
  const startWatch = async () => {
    watchProcess = await startWatchProcess(address, taskQueue, channels.secrets);
  };
  await Promise.all([...(own ? [startWatch()] : []), ...((own || ownSteps) && !workerless ? [startWorker()] : [])]);

  const begun = Date.now();
  // Clocks show full seconds.
  const deadline = new Date(Math.round((begun + milliseconds(options.deadline)) / 1000) * 1000);
  const today = localDay(deadline, zone);
  const seconds = String(deadline.getUTCSeconds()).padStart(2, '0');
  const settings: WatchSettings = {
    ...{ pipeline: name, zone, taskQueue, owner: null },
    deadline: `${clockTime(deadline, zone)}:${seconds}`,
    repairMs: milliseconds(options.repair),
    notify: notifySchema.parse({
      ...{ routes: ROUTES, ...notify, channels: channels.declared },
      digest: notify.digest === undefined ? DIGEST : (notify.digest ?? undefined),
    }),
    lookEveryMs: milliseconds(options.look ?? '500ms'),
    patienceMs: milliseconds(options.patience ?? '4s'),
    againMs: milliseconds(options.again ?? '1s'),
  };
  let runs = 0;
  const script = (acts: Acts, asOf: string): string => {
    runs += 1;
    const path = join(folder, `run-${runs}.json`);
    const whole: NightScript = { pipeline: name, asOf, settings, queue: steps, acts };
    writeFileSync(path, JSON.stringify(whole));
    return path;
  };
  const start = (acts: Acts, asOf: string) => ({
    workflowId: `${taskQueue}-run-${name}-${runs}`,
    taskQueue,
    args: [{ pipeline: name, script: script(acts, asOf) }] as [unknown],
  });

  async function incidentIds(): Promise<string[]> {
    const found: string[] = [];
    const query = `WorkflowType = "incident" AND WorkflowId STARTS_WITH "${taskQueue}-incident-"`;
    for await (const { workflowId, memo } of client.workflow.list({ query })) {
      // Nights of one watch have incidents side by side, and asking each of them is work for the watch.
      const { pipeline } = (memo?.[INCIDENT_MEMO] ?? {}) as Partial<IncidentSummary>;
      if (pipeline === name) found.push(workflowId);
    }
    return found;
  }
  async function incidents(): Promise<Incident[]> {
    const ids = await incidentIds();
    const found = await Promise.all(
      ids.map(async (id) => await client.workflow.getHandle(id).query<Incident | null>('incident')),
    );
    return found.filter((state) => state !== null).toSorted((a, b) => a.openedAt.localeCompare(b.openedAt));
  }

  return {
    ...{ settings, channels, begun, deadline: deadline.getTime(), today, tomorrow: addDays(today, 1) },
    async run(acts, asOf = today) {
      await client.workflow.start('customerAnalytics', start(acts, asOf));
    },
    async schedule(acts, inMs, paused) {
      const at = new Date(Math.ceil((Date.now() + inMs) / 1000) * 1000);
      const [year, month, dayOfMonth] = [at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate()];
      await client.schedule.create({
        scheduleId: scheduleId(taskQueue, name),
        spec: {
          calendars: [
            {
              ...{ year, month: MONTHS[month - 1] ?? 'JANUARY', dayOfMonth },
              ...{ hour: at.getUTCHours(), minute: at.getUTCMinutes(), second: at.getUTCSeconds() },
            },
          ],
        },
        action: { type: 'startWorkflow', workflowType: 'customerAnalytics', ...start(acts, today) },
        state: { paused, ...(paused ? { note: 'moving house' } : {}) },
      });
      await tellWatch(client, settings, { kind: 'settings', settings });
    },
    startWorker,
    killWorker: () => workerProcess?.kill(),
    startWatch,
    killWatch: () => watchProcess?.kill(),
    terminateWatch: async () => void (await client.workflow.getHandle(watchId(taskQueue, name)).terminate()),
    incidents,
    watch: async () => await client.workflow.getHandle(watchId(taskQueue, name)).query<WatchState>('watch'),
    async answer(kind, answer) {
      // It is listed later than it rings.
      await eventually('an incident is listed', async () => (await incidentIds()).length > 0);
      const [id = ''] = await incidentIds();
      await client.workflow.getHandle(id).executeUpdate(kind, { args: [answer] });
    },
    async close() {
      await Promise.all([watchProcess?.stop(), workerProcess?.stop()]);
      await channels.stop();
    },
  };
}

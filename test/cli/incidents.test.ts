/** Incidents as people meet them: listed without a worker, read and answered with one that does nothing but watch. */
import { execFile } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { daybreak, type IncidentListed } from '../../src/client';
import { checkWatches } from '../../src/doctor/watch';
import { notifySchema } from '../../src/domain/watch/definition';
import type { Incident, Observation } from '../../src/domain/watch/incident';
import type { Message } from '../../src/domain/watch/message';
import type { WatchState } from '../../src/domain/watch/night';
import { incidentId, scheduleId, watchId, type WatchNews, type WatchSettings } from '../../src/domain/watch/settings';
import { tellIncident, tellWatch } from '../../src/temporal/watch';
import { eventually, isAlive, removeTemporaryFolders, temporaryFolder } from '../dev/temporary';
import { ended } from '../domain/watch/seen';
import { cli, json, type Running, startCli } from '../support/cli';
import { childrenOf } from '../support/processes';
import { startServer, type TestServer } from '../support/server';
import { tinyPipeline } from '../workflows/folders';

jest.setTimeout(120_000);

const taskQueue = `people-${process.pid}`;
const settings: WatchSettings = {
  ...{ pipeline: 'shop', zone: 'Europe/Berlin', taskQueue, deadline: '07:30', owner: 'data' },
  ...{ repairMs: 2_700_000, lookEveryMs: 60_000, patienceMs: 240_000, againMs: 600_000 },
  notify: notifySchema.parse({ routes: [{ to: ['log'] }] }),
};
const MILD = 'aa1111111111';
const GRAVE = 'aa2222222222';
const LATER = 'bb3333333333';

const observation = (more: Partial<Observation>): Observation => ({
  at: '2026-11-26T02:10:00.000Z',
  severity: 'degraded',
  cause: { pipeline: 'shop', kind: 'failed', failure: 'ModelFailed', step: 'transform_sales', message: 'no number' },
  asOf: '2026-11-26',
  title: 'shop 2026-11-26: transform_sales failed: no number',
  sections: [
    { label: 'What happened', text: 'transform_sales failed: no number.' },
    { label: 'What is still safe', text: 'The live edition is untouched.' },
  ],
  command: 'daybreak why shop-1',
  runbook: 'failed',
  links: [],
  ...more,
});

/** A run of a pipeline has ended, with a message for the channel `hook`. */
function endedWithMessage(pipeline: string): WatchNews {
  const message: Message = {
    ...{ id: 'found', kind: 'insights', thread: 'found', severity: 'routine', pipeline, title: 'found' },
    ...{ sections: [], links: [], at: '2026-11-26T03:10:00.000Z' },
  };
  return { kind: 'ended', run: ended('r', 'published'), told: [{ message, to: ['hook'] }] };
}

let server: TestServer;
let worker: Running | undefined;
const env = () => ({ TEMPORAL_ADDRESS: server.address, DAYBREAK_TASK_QUEUE: taskQueue, DAYBREAK_HOME: home });
const home = temporaryFolder();
const tell = async (key: string, more: Partial<Observation> = {}) =>
  await tellIncident(server.client, settings, key, { kind: 'observed', settings, observation: observation(more) });
const client = () => daybreak(server.client, { home, taskQueue });
const api = () => client().incidents;

beforeAll(async () => {
  server = await startServer();
  await tell(MILD);
  await tell(GRAVE, {
    severity: 'critical',
    at: '2026-11-26T03:00:00.000Z',
    title: 'shop 2026-11-26: it will be late',
  });
});
afterAll(async () => {
  worker?.child.kill('SIGTERM');
  await worker?.ended;
  await server.stop();
  await removeTemporaryFolders();
});

test('without a worker they are listed, and an answer says at once what is missing', async () => {
  let listed: IncidentListed[] = [];
  await eventually('both are listed', async () => {
    listed = await api().list();
    return listed.length === 2;
  });
  expect(listed).toMatchObject([
    { id: GRAVE, severity: 'critical', status: 'open', pipeline: 'shop', nights: ['2026-11-26'] },
    { id: MILD, severity: 'degraded', status: 'open', title: expect.stringContaining('transform_sales') },
  ]);
  const [shown, unanswered, unknown] = await Promise.all([
    cli(['incidents', 'aa2'], env()),
    cli(['incidents', 'ack', GRAVE, '--why', 'mine'], env()),
    cli(['incidents', 'ack', 'cc', '--why', 'mine'], env()),
  ]);
  expect(shown).toMatchObject({ code: 0, stdout: expect.stringMatching(/CRITICAL.*it will be late[^]*--only watch/) });
  expect(unanswered.code).toBe(1);
  expect(unanswered.stderr).toContain(`task queue ${taskQueue}-watch: nobody polls it`);
  expect(unanswered.stderr).toContain('next: start one with `daybreak worker --only watch`');
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('incident cc: Temporal knows no such') });
  await expect(client().look({ workflowId: incidentId(taskQueue, GRAVE) })).rejects.toThrow(
    'is no run: it is a workflow of type incident\nnext: `daybreak incidents` shows incidents',
  );
  await expect(api().get('aa')).rejects.toThrow(new RegExp(`it may be (${MILD}|${GRAVE}) or `));
});

test('doctor says who is not watched, that nobody looks, what somebody did to a schedule, and which incidents are open', async () => {
  const folder = tinyPipeline('left');
  appendFileSync(join(folder, 'pipeline.yaml'), 'schedule: 0 3 * * *\n');
  await client().schedules.apply(folder);
  await server.client.workflow.getHandle(watchId(taskQueue, 'left')).terminate();
  const handle = server.client.schedule.getHandle(scheduleId(taskQueue, 'left'));
  await handle.update((known) => ({ ...known, spec: { ...known.spec, jitter: '3m' } }));
  await handle.pause('stocktaking');
  // A schedule takes what it was told a moment later.
  await eventually(
    'the schedule is listed as paused',
    async () => (await client().schedules.list())[0]?.paused === true,
  );

  const found = await checkWatches(server.client, taskQueue, ['other']);
  expect(found.map(({ check, state, says }) => `${check} ${state}: ${says}`)).toEqual([
    'night watch bad: nobody watches left: when its night goes wrong, nobody is told',
    'night watch bad: nobody watches other: when its night goes wrong, nobody is told',
    `night watch bad: nobody polls ${taskQueue}-watch: no night is looked at, and nobody is told`,
    `schedule warn: ${taskQueue}-left was changed in Temporal: jitter: none -> 3m`,
    `schedule warn: ${taskQueue}-left is paused, and starts nothing: stocktaking`,
    'incident bad: critical, open: shop 2026-11-26: it will be late',
    'incident warn: degraded, open: shop 2026-11-26: transform_sales failed: no number',
  ]);
  expect(found.map(({ next }) => next)).toEqual([
    expect.stringContaining('`daybreak schedule apply` in the folder of left'),
    expect.stringContaining('`daybreak schedule apply` in the folder of other'),
    expect.stringContaining('`daybreak worker --only watch`'),
    expect.stringContaining('--force'),
    expect.stringContaining('resume left'),
    `\`daybreak incidents ${GRAVE}\` shows what to do`,
    `\`daybreak incidents ${MILD}\` shows what to do`,
  ]);
  expect(await checkWatches(server.client, `${taskQueue}-idle`, [])).toEqual([]);
});

test('a worker that only watches takes the answers, from the command line and from Temporal’s own', async () => {
  worker = startCli(['worker', '--only', 'watch'], env());
  const started = worker;
  await eventually('the watch is ready', () => started.seen().includes('the watch is ready'), 60_000);
  await eventually('it says who is not watched', () => started.seen().includes('nobody watches left; next: '));
  await eventually('it is told', async () => (await api().get(MILD)).whole?.timeline.length !== undefined);

  const whole = await cli(['incidents', MILD], env());
  expect(whole.code).toBe(0);
  for (const part of [
    `incident ${MILD}, open, since 2026-11-26 03:10 (Europe/Berlin); of data`,
    'What is still safe',
    'Do next  daybreak why shop-1',
    'docs/runbook.md#failed',
    '2026-11-26 03:10  opened',
  ])
    expect(whole.stdout).toContain(part);

  const taken = await cli(['incidents', 'ack', 'aa1', '--why', 'looking', '--who', 'sarah', '--json'], env());
  expect(json(taken)).toEqual({ id: MILD, status: 'acknowledged', why: 'looking', who: 'sarah' });
  expect(await api().snooze(MILD, { for: '2h', why: 'asleep' })).toEqual({ id: MILD, status: 'snoozed' });
  const refused = await cli(['incidents', 'snooze', MILD, '--for', 'ever', '--why', 'asleep'], env());
  expect(refused).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`incident ${MILD}: expected a time such as 30m or 2h as "for"`),
  });

  const update = async (input: string) => {
    const given = ['--workflow-id', incidentId(taskQueue, GRAVE), '--name', 'ack', '--input', input];
    const args = ['workflow', 'update', 'execute', ...given, '--address', server.address];
    return await promisify(execFile)(server.binary, args);
  };
  expect((await update('{"why":"by hand"}')).stdout).toContain('acknowledged');
  await expect(update('{}')).rejects.toThrow('a reason is missing');

  expect(await api().resolve(GRAVE, { why: 'mended', who: 'sarah' })).toEqual({ id: GRAVE, status: 'resolved' });
  await expect(api().ack(GRAVE, { why: 'late' })).rejects.toThrow('it is resolved already: there is nothing to ack');
  const { whole: over } = await api().get(GRAVE);
  expect(over?.timeline.filter(({ what }) => what !== 'sent').map(({ what, text }) => `${what}: ${text}`)).toEqual([
    'opened: shop 2026-11-26: it will be late',
    'acknowledged: somebody: by hand',
    'resolved: sarah: mended',
  ]);

  await tell(LATER, { at: '2026-11-20T02:00:00.000Z' });
  await server.client.workflow.getHandle(incidentId(taskQueue, LATER)).terminate('by hand');
  await eventually('what is over is listed as that', async () => {
    const all = (await api().list({ all: true })).map(({ id, status }) => `${id} ${status}`);
    return all.join() === `${MILD} snoozed,${GRAVE} resolved,${LATER} ended`;
  });
  expect((await api().list()).map(({ id }) => id)).toEqual([MILD]);
  await expect(api().resolve(LATER, { why: 'x' })).rejects.toThrow('its workflow was ended');
});

test('what a watch and an incident show of themselves in the Web UI', async () => {
  await tellWatch(server.client, settings, { kind: 'settings', settings });
  const description = await server.client.workflow.getHandle(watchId(taskQueue, 'shop')).describe();
  expect(await description.staticSummary()).toBe('night watch of shop: data needed by 07:30 (Europe/Berlin)');
  const incident = server.client.workflow.getHandle(incidentId(taskQueue, MILD));
  expect(await (await incident.describe()).staticDetails()).toContain(`daybreak incidents ack ${MILD} --why`);
  const { currentDetails } = await incident.query<{ currentDetails: string }>('__temporal_workflow_metadata');
  expect(currentDetails).toContain('**DEGRADED, snoozed until ');
  await eventually('the watch says how it stands', async () => {
    const watch = server.client.workflow.getHandle(watchId(taskQueue, 'shop'));
    const metadata = await watch.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    // It took over what was open before it began.
    return metadata.currentDetails.startsWith('**A night is in trouble**');
  });
  const since = '2026-11-26T03:10:00.000Z';
  const failing = {
    kind: 'delivery',
    incident: 'i',
    channel: 'ring',
    since,
    text: 'late: HTTP 500',
    lost: null,
  } as const;
  await tellWatch(server.client, settings, failing);
  const looked = async () => await checkWatches(server.client, taskQueue, ['shop']);
  await eventually('doctor knows what does not get through', async () =>
    (await looked()).some(({ says }) => says === `one of shop does not get to ring since ${since}: late: HTTP 500`),
  );
  const watched = expect.objectContaining({ state: 'good', says: 'it watches shop' });
  expect(await looked()).toContainEqual(watched);
  // Whatever is declared or scheduled.
  expect(await checkWatches(server.client, taskQueue, [])).toContainEqual(watched);
});

test('a watch and an incident end when they are cancelled while a message waits', async () => {
  const hook = { type: 'webhook', url: '${env:NOT_SET_ANYWHERE}' };
  const notify = notifySchema.parse({ channels: { hook }, routes: [{ to: ['hook'] }] });
  const waiting: WatchSettings = { ...settings, pipeline: 'waiting', notify };
  const key = 'cc4444444444';
  await tellIncident(server.client, waiting, key, {
    ...{ kind: 'observed', settings: waiting },
    observation: observation({ severity: 'critical' }),
  });
  await tellWatch(server.client, waiting, endedWithMessage('waiting'));
  const incident = server.client.workflow.getHandle(incidentId(taskQueue, key));
  const watch = server.client.workflow.getHandle(watchId(taskQueue, 'waiting'));
  await eventually('neither message gets through', async () => {
    const { timeline } = await incident.query<Incident>('incident');
    const { undelivered } = await watch.query<WatchState>('watch');
    return timeline.some(({ what }) => what === 'not sent') && Object.keys(undelivered).length === 2;
  });
  for (const handle of [incident, watch]) {
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
  }
});

test('a watch that is to end while messages wait goes on when its pipeline is declared again', async () => {
  const notify = notifySchema.parse({ channels: { hook: { type: 'webhook', url: '${env:HOOK}' } } });
  const leaving = { ...settings, pipeline: 'leaving', notify, patienceMs: 1000 };
  const watch = server.client.workflow.getHandle(watchId(taskQueue, 'leaving'));
  await tellWatch(server.client, leaving, endedWithMessage('leaving'));
  const known = async () => await watch.query<WatchState>('watch');
  await eventually('it does not get through', async () => Object.keys((await known()).undelivered).length === 1);
  await tellWatch(server.client, leaving, { kind: 'unwatched' });
  const events = async () => (await watch.fetchHistory()).events ?? [];
  await eventually('it waits for its message', async () =>
    (await events()).some(
      ({ timerStartedEventAttributes: timer }) => Number(timer?.startToFireTimeout?.seconds) === 600,
    ),
  );
  expect((await watch.describe()).status.name).toBe('RUNNING');
  const again = { ...leaving, deadline: '08:00' };
  await tellWatch(server.client, again, { kind: 'settings', settings: again });
  await eventually('it looks again, by what is declared', async () => {
    const all = await events();
    const heard = all.findLastIndex(({ workflowExecutionSignaledEventAttributes: signal }) => signal);
    return all
      .slice(heard)
      .some(({ activityTaskScheduledEventAttributes: it }) => it?.activityType?.name === 'observe');
  });
  expect((await known()).settings.deadline).toBe('08:00');
});

test('a worker ends with the command that started it, however that ends', async () => {
  const command = startCli(['worker', '--only', 'watch'], { ...env(), DAYBREAK_TASK_QUEUE: `${taskQueue}-killed` });
  await eventually('the watch is ready', () => command.seen().includes('the watch is ready'), 60_000);
  const [worker = 0] = await childrenOf(command.child.pid ?? 0);
  expect(isAlive(worker)).toBe(true);
  command.child.kill('SIGKILL');
  await command.ended;
  await eventually('its worker is gone', () => !isAlive(worker), 30_000);
});

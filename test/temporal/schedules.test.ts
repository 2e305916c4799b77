/** Schedules from declarations, on a real server. Nobody works on the runs: they stay as they were started. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { daybreak, type Daybreak } from '../../src/client';
import { notifySchema } from '../../src/domain/watch/definition';
import { watchFigures } from '../../src/domain/watch/figures';
import { newWatch } from '../../src/domain/watch/night';
import { scheduleId, watchId, type WatchNews, watchQueue, type WatchSettings } from '../../src/domain/watch/settings';
import { wantedSchedule } from '../../src/domain/schedule';
import { observe } from '../../src/temporal/observe';
import { describeRun } from '../../src/temporal/runs';
import { writeSchedule } from '../../src/temporal/schedule-apply';
import { describeSchedule } from '../../src/temporal/schedules';
import { eventually, removeTemporaryFolders } from '../dev/temporary';
import { cli, json } from '../support/cli';
import { startServer, type TestServer } from '../support/server';
import { tinyPipeline } from '../workflows/folders';

// A busy machine takes its time, also to start a server.
jest.setTimeout(150_000);

const QUEUE = 'schedules';
const BERLIN = 'Europe/Berlin';
let server: TestServer;
let client: Daybreak;
beforeAll(async () => {
  server = await startServer();
  client = daybreak(server.client, { home: '/nowhere', taskQueue: QUEUE });
});
afterAll(async () => {
  await server.stop();
  await removeTemporaryFolders();
});

/** A pipeline that declares its nights, and a way to declare them otherwise. */
function scheduled(name: string, declared: string, zone = BERLIN) {
  const folder = tinyPipeline(name);
  const file = join(folder, 'pipeline.yaml');
  const yaml = readFileSync(file, 'utf8').replace(/^zone: .*$/m, `zone: ${zone}`);
  const declare = (text: string) => writeFileSync(file, `${yaml}${text}\n`);
  declare(declared);
  return { folder, id: `${QUEUE}-${name}`, declare };
}

const seen = async (id: string) => {
  const found = await describeSchedule(server.client, id);
  if (found === null) throw new Error(`there is no schedule ${id}`);
  return found;
};

/** Terminates what a schedule has started, and takes it away. */
async function cleared(id: string): Promise<void> {
  const { running } = await seen(id);
  await server.client.schedule.getHandle(id).delete();
  // Some were ended by their successors meanwhile.
  for (const { workflowId, runId } of running)
    await server.client.workflow
      .getHandle(workflowId, runId)
      .terminate()
      .catch(() => undefined);
}

test('apply makes what is declared, tells the watch, and does nothing the second time', async () => {
  const { folder, id, declare } = scheduled('applied', 'schedule: 30 3 * * mon-fri\ndeadline: "07:30"');
  const made = await client.schedules.apply(folder);
  expect(made).toMatchObject({ id, pipeline: 'applied', did: 'made', changedByHand: [] });
  expect(made.differences).toContain('cron: none -> 30 3 * * mon-fri');
  const { spec, policies, action } = await server.client.schedule.getHandle(id).describe();
  expect(spec).toMatchObject({ timezone: BERLIN, calendars: [{ hour: [{ start: 3 }] }] });
  expect(policies).toEqual({ overlap: 'SKIP', catchupWindow: 6 * 3_600_000, pauseOnFailure: false });
  expect(action).toMatchObject({
    workflowType: 'runPipeline',
    taskQueue: QUEUE,
    args: [{ pipeline: folder }],
    workflowId: id,
  });
  expect(made.schedule?.nextDue).toHaveLength(5);

  const watch = server.client.workflow.getHandle(watchId(QUEUE, 'applied'));
  const { type, taskQueue } = await watch.describe();
  expect({ type, taskQueue }).toEqual({ type: 'watch', taskQueue: watchQueue(QUEUE) });
  await watch.terminate();

  expect(await client.schedules.apply(folder)).toMatchObject({ did: 'nothing', differences: [], changedByHand: [] });
  declare('schedule: { cron: 30 4 * * mon-fri, overlap: buffer_one, catch_up: 1h, jitter: 5m }');
  const lines = ['cron: 30 3 * * mon-fri -> 30 4 * * mon-fri', 'jitter: none -> 5m'];
  const all = [...lines, 'overlap: skip -> buffer_one', 'catch_up: 6h -> 1h'];
  expect(await client.schedules.compare(folder)).toMatchObject({ differences: all, isSettled: false });
  expect(await client.schedules.apply(folder)).toMatchObject({ did: 'changed', differences: all });
  expect(await seen(id)).toMatchObject({ changedByHand: [], paused: false });
  await cleared(id);
});

test('what somebody changed in Temporal is told, and stays until it is forced or declared', async () => {
  const { folder, id, declare } = scheduled('by-hand', 'schedule: 0 3 * * *');
  await client.schedules.apply(folder);
  const handle = server.client.schedule.getHandle(id);
  const byHand = async (hour: number) =>
    await handle.update((now) => ({
      ...now,
      spec: { calendars: [{ hour, minute: 0 }], timezone: now.spec.timezone ?? '' },
    }));
  await byHand(5);
  const change = 'cron: 0 3 * * * -> 0 5 * * *';
  expect((await seen(id)).changedByHand).toEqual([change]);
  const refused = await client.schedules.apply(folder);
  expect(refused).toMatchObject({
    did: 'refused',
    changedByHand: [change],
    differences: ['cron: 0 5 * * * -> 0 3 * * *'],
  });
  expect((await seen(id)).changedByHand).toEqual([change]);

  // Declared as it is there: taken over.
  declare('schedule: 0 5 * * *');
  expect(await client.schedules.apply(folder)).toMatchObject({ did: 'changed', differences: [], changedByHand: [] });
  expect(await client.schedules.apply(folder)).toMatchObject({ did: 'nothing' });

  // Replaced as Temporal's own command line does: what we keep with it is gone as well.
  await handle.update(({ action: { memo: _, ...action }, spec: { timezone: __, ...spec }, state }) => ({
    action,
    spec,
    state,
  }));
  expect((await seen(id)).changedByHand).toEqual(['all of it: it was made or replaced by somebody else']);
  const replaced = await client.schedules.apply(folder);
  expect(replaced).toMatchObject({ did: 'refused' });
  expect(replaced.changedByHand).toEqual(['zone: Europe/Berlin -> UTC', 'catch_up: 6h -> 365d']);
  expect(await client.schedules.apply(folder, { force: true })).toMatchObject({ did: 'changed' });
  expect((await seen(id)).changedByHand).toEqual([]);
  await cleared(id);
});

test('a pause has a reason, which outlives a new declaration', async () => {
  const { folder, id, declare } = scheduled('paused', 'schedule: 0 3 * * *');
  await client.schedules.apply(folder);
  expect(await seen(id)).toMatchObject({ paused: false, note: 'made by `daybreak schedule apply`' });
  await expect(client.schedules.pause('paused', ' ')).rejects.toThrow('a reason is missing');
  expect(await client.schedules.pause('paused', 'the shop moves')).toMatchObject({
    paused: true,
    note: 'the shop moves',
  });
  declare('schedule: 0 4 * * *');
  expect(await client.schedules.apply(folder)).toMatchObject({ did: 'changed', changedByHand: [] });
  expect(await seen(id)).toMatchObject({ paused: true, note: 'the shop moves', changedByHand: [] });
  expect(await client.schedules.resume(folder, 'it has moved')).toMatchObject({ paused: false, note: 'it has moved' });
  await cleared(id);
});

test('a start by hand is a run for its own day; by the policy there is no second one', async () => {
  const { folder, id, declare } = scheduled('triggered', 'schedule: 0 3 1 1 *');
  await client.schedules.apply(folder);
  const since = Math.floor(Date.now() / 1000) * 1000;
  const { run } = await client.schedules.trigger(folder);
  if (run === null) throw new Error('nothing began');
  expect(run.workflowId.startsWith(`${id}-2`)).toBe(true);
  const described = await describeRun(server.client, run.workflowId, run.runId);
  expect(described?.running).toBe(true);
  expect(described?.logicalTime.getTime()).toBeGreaterThanOrEqual(since);
  const { searchAttributes } = await server.client.workflow.getHandle(run.workflowId).describe();
  expect(searchAttributes.TemporalScheduledStartTime).toEqual([described?.logicalTime]);
  expect(await client.schedules.trigger(folder)).toMatchObject({ run: null, overlap: 'skip', running: [run] });
  // Declared otherwise meanwhile: the run goes on as it began.
  declare('schedule: { cron: 0 4 1 1 *, overlap: allow_all }');
  expect(await client.schedules.apply(folder)).toMatchObject({ did: 'changed', schedule: { running: [run] } });
  expect(await seen(id)).toMatchObject({ running: [run], recent: [run], overlapSkipped: 1 });
  await cleared(id);
});

describe('starts every second, with the server away for a while', () => {
  const policies = ['skip', 'buffer_one', 'cancel_other', 'terminate_other', 'allow_all'] as const;
  const idOf = (overlap: string) => `${QUEUE}-every-second-${overlap}`;
  let away: { readonly from: number; readonly until: number };
  beforeAll(async () => {
    const { folder } = scheduled('every-second', '');
    await Promise.all(
      policies.map(async (overlap) => {
        const schedule = { cron: '* * * * * * *', overlap, catch_up: '1h', jitter: undefined };
        const wanted = wantedSchedule({ name: `every-second-${overlap}`, zone: BERLIN, schedule }, folder, QUEUE);
        if (wanted !== undefined) await writeSchedule(server.client, wanted);
      }),
    );
    await eventually('all have begun', async () =>
      (await Promise.all(policies.map(async (overlap) => await seen(idOf(overlap))))).every(
        ({ recent }) => recent.length > 0,
      ),
    );
    await server.kill();
    const from = Date.now();
    await wait(2500);
    away = { from, until: Date.now() };
    await server.restart();
    const skipped = async () => (await seen(idOf('skip'))).overlapSkipped >= 4;
    await eventually('starts go on', async () => await skipped().catch(() => false), 60_000);
  });
  afterAll(async () => await Promise.all(policies.map(async (overlap) => await cleared(idOf(overlap)))));

  test('a run that lasts into the next start: that is left out, waits, ends the run or goes beside it', async () => {
    const [skip, one, cancel, , beside] = await Promise.all(policies.map(async (overlap) => await seen(idOf(overlap))));
    expect(skip).toMatchObject({ running: [{}], recent: [{}] });
    expect(one).toMatchObject({ running: [{}], recent: [{}] });
    expect(one?.overlapSkipped).toBeGreaterThan(0);
    // Nobody is there to end it, so it goes on; the next one waits for that.
    expect(cancel).toMatchObject({ running: [{}], recent: [{}] });
    // Between the end of one and the start of the next there is a moment without any, and a busy server is behind.
    await eventually('another one was started in place of the first', async () => {
      const { recent, running } = await seen(idOf('terminate_other'));
      return recent.length > 1 && running.length === 1;
    });
    // These run beside each other, and Temporal does not follow them.
    await eventually('several run', async () => (await seen(idOf('allow_all'))).recent.length > 3);
    expect(beside?.running).toEqual([]);
  });

  test('what was missed while the server was away is made up for, each for its own time', async () => {
    const missed: { workflowId: string; runId: string; due: number }[] = [];
    const prefix = `${idOf('allow_all')}-`;
    await eventually('what was missed is listed', async () => {
      missed.splice(0);
      for await (const { workflowId, runId } of server.client.workflow.list({
        query: `WorkflowId STARTS_WITH '${prefix}'`,
      })) {
        const due = Date.parse(workflowId.slice(prefix.length));
        if (due > away.from && due < away.until) missed.push({ workflowId, runId, due });
      }
      return missed.length >= 2;
    });
    for (const { workflowId, runId, due } of missed) {
      const described = await describeRun(server.client, workflowId, runId);
      expect(described?.logicalTime.getTime()).toBe(due);
    }
  });
});

test('times that clocks leave out or show twice, as the server takes them', async () => {
  const starts = async (name: string, cron: string, zone: string, day: string) => {
    const { folder, id } = scheduled(name, `schedule: ${cron}`, zone);
    await client.schedules.apply(folder);
    const noon = (days: number) => ({ seconds: (Date.parse(`${day}T12:00:00Z`) + days * 86_400_000) / 1000 }) as never;
    const { startTime } = await server.client.workflowService.listScheduleMatchingTimes({
      ...{ namespace: 'default', scheduleId: id },
      ...{ startTime: noon(-1), endTime: noon(0) },
    });
    await cleared(id);
    return startTime.map(({ seconds }) => new Date(Number(seconds) * 1000).toISOString().slice(11, 16));
  };
  // Clocks are put forward from 02:00 to 03:00: a start between is left out.
  expect(await starts('spring-two', '0 2 * * *', BERLIN, '2027-03-28')).toEqual([]);
  expect(await starts('spring-three', '0 3 * * *', BERLIN, '2027-03-28')).toEqual(['01:00']);
  // They are put back from 03:00 to 02:00: a start between comes once here, and twice there.
  expect(await starts('autumn-two', '30 2 * * *', BERLIN, '2026-10-25')).toEqual(['01:30']);
  expect(await starts('autumn-three', '0 3 * * *', BERLIN, '2026-10-25')).toEqual(['02:00']);
  expect(await starts('autumn-york', '30 1 * * *', 'America/New_York', '2026-11-01')).toEqual(['05:30', '06:30']);
});

test('the command line: the difference, then what is done; exit 1 where somebody changed it by hand', async () => {
  const { folder, id } = scheduled('commanded', 'schedule: 0 3 * * *');
  const environment = { TEMPORAL_ADDRESS: server.address, DAYBREAK_TASK_QUEUE: QUEUE };
  const made = await cli(['schedule', 'apply', folder, '--json'], environment);
  expect(made.stderr).toMatch(/which is not there yet\n.*\n {2}cron: 0 3 \* \* \*\n/);
  expect([made.code, json(made)]).toMatchObject([0, { id, did: 'made', schedule: { paused: false } }]);
  await server.client.schedule.getHandle(id).update((now) => ({ ...now, policies: { overlap: 'ALLOW_ALL' } }));
  const refused = await cli(['schedule', 'apply', folder], environment);
  expect(refused.stderr).toContain('changed in Temporal since it was applied:\n  overlap: skip -> allow_all\n');
  expect(refused.stdout).toMatch(/^left as it is.*\nnext: .*--force`\n$/);
  expect(refused.code).toBe(1);
  const paused = await cli(['schedule', 'pause', folder], environment);
  expect([paused.code, paused.stderr]).toEqual([2, expect.stringContaining('--why')]);
  await cleared(id);
});

test('list shows what starts runs here, and delete says what is gone', async () => {
  const { folder } = scheduled('listed', 'schedule: 0 3 * * *');
  const taskQueue = 'schedules-listed';
  const { schedules } = daybreak(server.client, { home: '/nowhere', taskQueue });
  const { id } = await schedules.apply(folder);
  const action = { type: 'startWorkflow' as const, workflowType: 'customerAnalytics', taskQueue };
  await server.client.schedule.create({ scheduleId: 'nightly', spec: { cronExpressions: ['0 2 * * *'] }, action });
  await server.client.schedule.create({ scheduleId: 'elsewhere', spec: {}, action: { ...action, taskQueue: 'other' } });
  await eventually('both are listed', async () => (await schedules.list()).length === 2);
  const [other, own] = await schedules.list();
  expect(other).toMatchObject({ id: 'nightly', pipeline: null, facts: { cron: '0 2 * * *', zone: 'UTC' } });
  expect(own).toMatchObject({ id, pipeline: 'listed', facts: { cron: '0 3 * * *', zone: 'Europe/Berlin' } });
  expect(await schedules.delete('listed')).toEqual({ id, running: [], watched: false });
  expect(await describeSchedule(server.client, id)).toBeNull();
  await expect(schedules.delete(folder)).rejects.toMatchObject({ kind: 'BadRequest' });
});

/** What the watch of a pipeline was told, the oldest first. */
async function newsOf(pipeline: string): Promise<string[]> {
  const { events } = await server.client.workflow.getHandle(watchId(QUEUE, pipeline)).fetchHistory();
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => {
    const data = signal?.input?.payloads?.[0]?.data;
    if (data === null || data === undefined) return [];
    const { kind, settings } = JSON.parse(Buffer.from(data).toString()) as WatchNews & { settings?: WatchSettings };
    return [settings === undefined ? kind : `${kind}: ${settings.deadline ?? 'no deadline'}`];
  });
}

test('who takes the schedule away says so to the watch, by apply as by delete', async () => {
  const { folder, id, declare } = scheduled('retired', 'schedule: 0 3 * * *\ndeadline: "07:30"');
  await client.schedules.apply(folder);
  declare('deadline: "08:00"');
  await expect(client.schedules.apply(folder)).rejects.toThrow(
    /declares no schedule; its watch goes by what else it declares.*\nnext: declare one; or `daybreak schedule delete`/s,
  );
  const environment = { TEMPORAL_ADDRESS: server.address, DAYBREAK_TASK_QUEUE: QUEUE };
  const gone = await cli(['schedule', 'delete', folder], environment);
  expect(gone).toMatchObject({ code: 0, stdout: expect.stringContaining('its nights are still watched') });
  expect(await describeSchedule(server.client, id)).toBeNull();
  declare('');
  const refused = await cli(['schedule', 'apply', folder], environment);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('; nobody watches its nights any more') });
  const told = ['settings: 07:30', 'settings: 08:00', 'settings: 08:00', 'unwatched'];
  expect(await newsOf('retired')).toEqual(told);
  // Its folder is gone, and its name is all that is known.
  await expect(client.schedules.delete('retired')).rejects.toThrow('no schedule of retired; nobody watches its nights');
  expect(await newsOf('retired')).toEqual([...told, 'unwatched']);
});

test('a declaration that nobody understands is no word about the watch', async () => {
  const { folder, declare } = scheduled('garbled', 'schedule: 0 3 * * *\ndeadline: "07:30"');
  await client.schedules.apply(folder);
  declare('deadline: soon');
  expect(await client.schedules.delete(folder)).toMatchObject({ watched: true });
  expect(await newsOf('garbled')).toEqual(['settings: 07:30']);
});

test('the schedule of another queue’s pipeline is left alone, though it has the same name', async () => {
  const own = scheduled('night-sales', 'schedule: 0 3 * * *');
  const other = scheduled('sales', 'schedule: 0 5 * * *');
  await client.schedules.apply(own.folder);
  const { schedules } = daybreak(server.client, { home: '/nowhere', taskQueue: `${QUEUE}-night` });
  for (const act of [
    schedules.compare(other.folder),
    schedules.apply(other.folder, { force: true }),
    schedules.pause(other.folder, 'why'),
    schedules.delete(other.folder),
  ])
    await expect(act).rejects.toThrow(
      `${own.id}: it starts runs on the task queue ${QUEUE}, and not on ${QUEUE}-night`,
    );
  expect(await client.schedules.apply(own.folder)).toMatchObject({ did: 'nothing' });
  await cleared(own.id);
});

test('what cannot be: no schedule declared, none there, a cron expression that makes no sense', async () => {
  const { folder, declare } = scheduled('wrong', '');
  await expect(client.schedules.apply(folder)).rejects.toThrow(
    /declares no schedule.*\nnext: declare one and apply it again/s,
  );
  await expect(client.schedules.pause(folder, 'why')).rejects.toThrow('Temporal knows no schedule of wrong');
  declare('schedule: 0 25 * * *');
  await expect(client.schedules.apply(folder)).rejects.toThrow(
    /pipeline\.yaml:\d+:11 schedule: .*Invalid value for hour: 25/,
  );
});

test('a look passes over what a schedule starts that is no run, and judges a run that was deleted as ended', async () => {
  const id = scheduleId(QUEUE, 'foreign');
  const { schedule: schedules, workflow: workflows } = server.client;
  const handle = await schedules.create({
    scheduleId: id,
    spec: {},
    action: { type: 'startWorkflow', workflowType: 'somethingElse', taskQueue: QUEUE, workflowId: id },
  });
  await handle.trigger();
  await eventually('it was started', async () => (await seen(id)).recent.length === 1);
  const settings: WatchSettings = {
    ...{ pipeline: 'foreign', zone: BERLIN, taskQueue: QUEUE, deadline: null, owner: null, repairMs: 60_000 },
    ...{ lookEveryMs: 60_000, patienceMs: 240_000, againMs: 600_000, notify: notifySchema.parse({}) },
  };
  const deleted = { workflowId: 'deleted', runId: '00000000-0000-4000-8000-000000000000' };
  const figures = watchFigures(newWatch(settings, new Date().toISOString()), Date.now());
  const request = { settings, runs: [deleted], ended: [], days: [], begins: true, figures };
  expect((await observe(server.client, request)).runs).toMatchObject([
    {
      ...deleted,
      running: false,
      ended: { outcome: 'failed', failure: { message: 'Temporal does not know it any more' } },
    },
  ]);
  const [started] = (await seen(id)).recent;
  await workflows.getHandle(started?.workflowId ?? '').terminate();
  await handle.delete();
});

/** Schedules from declarations, on a real server. Nobody works on the runs: they stay as they were started. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { daybreak, type Daybreak } from '../../src/client';
import { watchId, watchQueue } from '../../src/domain/watch/settings';
import { describeRun } from '../../src/temporal/runs';
import { describeSchedule } from '../../src/temporal/schedules';
import { eventually, removeTemporaryFolders } from '../dev/temporary';
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
  for (const { workflowId, runId } of running) await server.client.workflow.getHandle(workflowId, runId).terminate();
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
  const { folder, id } = scheduled('triggered', 'schedule: 0 3 1 1 *');
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
  expect(await seen(id)).toMatchObject({ running: [run], recent: [run], overlapSkipped: 1 });
  await cleared(id);
});

test('a run that lasts into the next start: left out, waited for, cancelled, terminated or beside it', async () => {
  const policies = ['skip', 'buffer_one', 'cancel_other', 'terminate_other', 'allow_all'] as const;
  const ids = await Promise.all(
    policies.map(async (overlap) => {
      const { folder, id } = scheduled(overlap.replace('_', '-'), `schedule: { cron: 0 3 * * *, overlap: ${overlap} }`);
      await client.schedules.apply(folder);
      // Every second, as no cron expression is.
      await server.client.schedule.getHandle(id).update((now) => ({ ...now, spec: { intervals: [{ every: 1000 }] } }));
      return id;
    }),
  );
  const all = async () => await Promise.all(ids.map(seen));
  await eventually(
    'each has had several starts',
    async () => {
      const [skip, one, , terminate, beside] = await all();
      const leftOut = Math.min(skip?.overlapSkipped ?? 0, one?.overlapSkipped ?? 0);
      return leftOut > 0 && [terminate, beside].every((found) => (found?.recent.length ?? 0) > 2);
    },
    30_000,
  );
  const [skip, one, cancel, terminate, beside] = await all();
  expect(skip).toMatchObject({ running: [{}], recent: [{}] });
  expect(one).toMatchObject({ running: [{}], recent: [{}] });
  // Nobody is there to end it, so it goes on; the next one waits for that.
  expect(cancel).toMatchObject({ running: [{}], recent: [{}] });
  expect(terminate?.running).toHaveLength(1);
  // These run beside each other, and Temporal does not follow them.
  expect(beside?.running).toEqual([]);
  expect(skip?.changedByHand).toEqual([
    expect.stringMatching(/^cron: 0 3 \* \* \* -> every 1s$/),
    'zone: Europe/Berlin -> UTC',
  ]);
  await Promise.all(ids.map(cleared));
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
  expect(await schedules.delete('listed')).toEqual({ id, running: [] });
  expect(await describeSchedule(server.client, id)).toBeNull();
  await expect(schedules.delete(folder)).rejects.toMatchObject({ kind: 'BadRequest' });
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

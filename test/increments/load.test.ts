/** What a run does so that its database can bear it: waiting, and hours for full loads. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { Services } from '../../src/activities';
import { extractLane } from '../../src/activities/extract';
import { planRun } from '../../src/activities/plan';
import { validateSources } from '../../src/activities/check-sources';
import type { RunBrief } from '../../src/domain/plan';
import { removeTemporaryFolders } from '../dev/temporary';
import { startTestPostgres, type TestPostgres } from '../support/postgres';
import { openWorkshop, type Workshop } from '../support/workshop';
import { folderOf } from '../workflows/folders';

jest.setTimeout(60_000);

let postgres: TestPostgres;
let workshop: Workshop;
beforeAll(async () => {
  postgres = await startTestPostgres();
  await postgres.run(`
    CREATE TABLE cups (id bigint PRIMARY KEY, at timestamptz NOT NULL DEFAULT now() - interval '1 day');
    INSERT INTO cups SELECT n FROM generate_series(1, 3000) AS n`);
  workshop = await openWorkshop({ SHOP: postgres.url() });
});
afterAll(async () => {
  await workshop.close();
  await postgres.remove();
  await removeTemporaryFolders();
});

const cups = (name: string, more: string) =>
  folderOf({
    'pipeline.yaml': `name: ${name}
zone: Europe/Berlin
sources:
  cups:
    type: postgres
    connection: \${env:SHOP}
    table: cups
    key: [id]
    columns: {id: BIGINT, at: TIMESTAMPTZ}
${more.replaceAll(/^/gm, '    ')}
`,
    'models/m.sql': '-- publish: true\nSELECT count(*) AS n FROM cups\n',
  });

interface Beat {
  readonly at: number;
  readonly waiting?: string;
}

/** Does an activity's work while others have all places of the database, for so long and until it says so; gives how it beat. */
async function waiting<T>(runId: string, heldMs: number, work: () => Promise<T>) {
  const beats: Beat[] = [];
  const logged: string[] = [];
  const environment = new MockActivityEnvironment(
    { workflowExecution: { workflowId: 'w', runId }, scheduledTimestampMs: Date.now() },
    { logger: new DefaultLogger('WARN', ({ message }) => logged.push(message)) },
  );
  environment.on('heartbeat', (details: Omit<Beat, 'at'>) => {
    beats.push({ ...details, at: Date.now() });
    if (details.waiting !== undefined && Date.now() - from > heldMs) void others('SELECT pg_advisory_unlock_all()');
  });
  const others = await postgres.session();
  await others("SET application_name = 'nightly backup'; SELECT pg_advisory_lock(x'64617962'::int, 1)");
  const from = Date.now();
  const done: Promise<T> = environment.run(work);
  const result = await done;
  const times = [from, ...beats.map(({ at }) => at), Date.now()];
  const longest = Math.max(...times.map((at, index) => at - (times[index - 1] ?? at)));
  return {
    result,
    longest,
    logged,
    seconds: (Date.now() - from) / 1_000,
    told: new Set(beats.map((beat) => beat.waiting)),
  };
}

test('planning, lanes and gates that wait for a connection go on beating, and say who has it', async () => {
  const pipeline = cups('waits', 'max_connections: 1\nheartbeat: 2s\ncursor: at');
  const { services } = workshop;
  const text = 'waiting for one of 1 connections to the database, held by nightly backup';
  const planned = await waiting('waits', 0, async () => await planRun(services, { pipeline }));
  expect(planned.told).toContain(text);
  const { plan } = planned.result;
  // Longer than its heartbeat may be silent.
  const lane = await waiting('waits', 2_500, async () => await extractLane(services, plan, 'cups', 0));
  expect(lane.result).toMatchObject({ rows: 3_000 });
  expect(lane.seconds).toBeGreaterThan(2.5);
  expect(lane.told).toContain(text);
  for (const { longest, logged } of [planned, lane]) {
    expect(longest).toBeLessThan(2_000);
    expect(logged).toEqual([text]);
  }
  await workshop.act('waits', async () => await validateSources(services, plan));
});

/** Services whose clock shows these times, one each time it is looked at, and then the last one. */
function at(...times: string[]): Services {
  let looks = 0;
  return {
    ...workshop.services,
    now: () => {
      looks += 1;
      return new Date(times[Math.min(looks, times.length) - 1] ?? '');
    },
  };
}

const EVENING = '2026-11-25T20:59:00Z';
const NIGHT = '2026-11-25T21:00:00Z';
const MORNING = '2026-11-26T05:00:00Z';
const heldAs = (observed: string, expected: string) => ({
  ...{ name: 'full_loads', subject: 'cups', severity: 'error', outcome: 'fail' },
  ...{ observed, expected },
});
const RUN_THEN = 'full loads within 22:00-06:00: run it then, or declare other hours';

test('all of a table is read within the declared hours only: over two nights, if one does not suffice', async () => {
  const pipeline = cups('hours', 'full_loads: 22:00-06:00\ncursor: at\npart: 1KB');
  const plan = async (runId: string, services: Services, full = false): Promise<RunBrief> =>
    await workshop.act(runId, async () => await planRun(services, { pipeline, full }));
  const lane = async (runId: string, services: Services) =>
    await workshop.act(runId, async () => await extractLane(services, `plans/hours/${runId}`, 'cups', 0));
  const loads = async () => (await workshop.services.snapshots('hours').loads()).length;

  // It is not begun before, nor noted as begun.
  expect((await plan('early', at(EVENING))).settled).toEqual({
    outcome: 'blocked',
    checks: [
      heldAs(
        'there is no snapshot of it as it is declared, so that all is read; it is 21:59 in Europe/Berlin',
        RUN_THEN,
      ),
    ],
  });
  expect(await loads()).toBe(0);

  // Two parts, and then the morning comes.
  expect((await plan('first', at(NIGHT))).settled).toBeUndefined();
  const first = await lane('first', at(NIGHT, NIGHT, MORNING));
  expect(first).toMatchObject({ rows: 2_000, parts: 2 });
  expect(first.stopped).toEqual(
    heldAs(
      'not all was read when the hours for full loads ended; it is 06:00 in Europe/Berlin',
      'what was read stays read, and a run within 22:00-06:00 goes on with it',
    ),
  );
  expect(await loads()).toBe(1);
  expect((await plan('at noon', at(MORNING))).settled?.checks).toEqual([
    heldAs('its first load, which an earlier run began, is not finished; it is 06:00 in Europe/Berlin', RUN_THEN),
  ]);

  // The next night goes on with it.
  await plan('second', at(NIGHT));
  const second = await lane('second', at(NIGHT));
  expect(second).toMatchObject({ rows: 3_000, resumedRows: 2_000 });
  expect(second.stopped).toBeUndefined();
  // All of it is there: what is missing of its run is no full load, at whatever time.
  expect((await plan('late', at(MORNING))).settled).toBeUndefined();
  const late = await lane('late', at(MORNING));
  expect(late).toMatchObject({ rows: 3_000, resumedRows: 3_000 });
  const passed = await workshop.act('late', async () => await validateSources(workshop.services, 'plans/hours/late'));
  expect(passed.passed).toBe(true);

  // What changed is read at any time; all anew is not.
  await postgres.run('UPDATE cups SET at = now() WHERE id = 7');
  expect((await plan('changes', at(MORNING))).settled).toBeUndefined();
  expect(await lane('changes', at(MORNING))).toMatchObject({ rows: 1 });
  expect((await plan('full', at(MORNING), true)).settled?.checks).toEqual([
    heldAs('everything is to be made anew (--full); it is 06:00 in Europe/Berlin', RUN_THEN),
  ]);
});

test('without a cursor, what was read of a night that does not suffice is not gone on with, and that is said', async () => {
  const pipeline = cups('no-cursor', 'full_loads: 22:00-06:00\npart: 1KB');
  const plan = async (runId: string, services: Services) =>
    await workshop.act(runId, async () => await planRun(services, { pipeline }));
  expect((await plan('day', at(MORNING))).settled?.checks).toEqual([
    heldAs('every run reads all, as no cursor is declared; it is 06:00 in Europe/Berlin', RUN_THEN),
  ]);
  const { plan: key } = await plan('night', at(NIGHT));
  const lane = await workshop.act('night', async () => await extractLane(at(NIGHT, MORNING), key, 'cups', 0));
  expect(lane).toMatchObject({
    rows: 1_000,
    stopped: {
      expected:
        'a run within 22:00-06:00 begins anew, as only a first load with a cursor is gone on with; declare longer hours',
    },
  });
});

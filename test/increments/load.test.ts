/** What a run does so that its database can bear it. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { extractLane } from '../../src/activities/extract';
import { planRun } from '../../src/activities/plan';
import { validateSources } from '../../src/activities/check-sources';
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

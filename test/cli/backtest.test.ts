/** `daybreak alerts backtest`, in this process, over a store that holds nothing but records. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesStore } from '../../src/adapters/stores/files';
import { alertsBacktestCommand } from '../../src/cli/alerts';
import type { RunRecord } from '../../src/domain/watch/record';
import { removeTemporaryFolders, temporaryFolder } from '../dev/temporary';
import { commandsInProcess } from '../support/in-process';
import { day, failed, healthy, record, withStep } from '../domain/watch/records';

const printed = commandsInProcess();

afterAll(removeTemporaryFolders);

/** Works in the folder of a pipeline, with these records in its store. Its models and data do not matter. */
async function workIn(declared: string, records: readonly RunRecord[]): Promise<void> {
  const folder = join(temporaryFolder(), 'shop');
  mkdirSync(folder);
  const head = 'name: shop\nzone: Europe/Berlin\nsources: {n: {type: csv, path: n.csv, columns: {id: BIGINT}}}\n';
  writeFileSync(join(folder, 'pipeline.yaml'), `${head}${declared}`);
  process.chdir(folder);
  const home = join(folder, '.daybreak');
  process.env = { ...process.env, DAYBREAK_HOME: home };
  const store = await filesStore(join(home, 'store'));
  for (const each of records) await store.putIfAbsent(`history/shop/${each.startedAt.replaceAll(/\D/g, '')}`, each);
}
const ran = async (...set: readonly string[]) => await alertsBacktestCommand(undefined, { color: false, set });
/** Lines with one blank where there are many. */
const lines = () => printed.stdout.split('\n').map((line) => line.replaceAll(/ +/g, ' ').trim());

const NIGHTS = [
  ...healthy(10),
  failed(day(10), '02:00'),
  record(day(10), '03:30', { runId: 'second' }),
  withStep(day(11), '01:00', 'extract_orders', 4 * 3600),
  failed(day(12), '02:00'),
  ...healthy(1, 13),
  failed(day(14), '02:00'),
];

test('each night that would ring otherwise is a line, and the totals are beside each other', async () => {
  await workIn('deadline: "07:30"\nrepair_time: 45m\n', NIGHTS);
  expect(await ran('repair_time=3h')).toBe(0);
  expect(printed.stderr).toContain('pipeline shop, of this folder');
  expect(lines()).toEqual([
    'night how it went page as declared page as changed',
    `${day(10)} published at 04:45 (2 runs), 2 h 45 min before the deadline none at 04:25`,
    `${day(11)} published at 06:05, 1 h 25 min before the deadline none at 04:15: false`,
    `${day(12)} failed: transform_sales: a number is no number; ${day(13)} was published at ${day(13)} 03:15, 19 h 45 min after the deadline at 06:40 at 04:25`,
    `${day(14)} failed: transform_sales: a number is no number; late at 06:40 at 04:25`,
    '',
    '15 nights as declared as changed',
    'deadline, repair_time 07:30, 45m 07:30, 3h Europe/Berlin',
    'pages 2 4',
    'false 0 1 rang, and were in time without another run',
    'late 2 2 had no data at the deadline',
    'missed 0 0 late, and did not ring while repair_time was left',
    '',
    'added: 2, removed: 0',
    '',
  ]);
});

test('without a change it tells what rang, and with another deadline both distances', async () => {
  await workIn('deadline: "07:30"\nrepair_time: 45m\n', NIGHTS);
  expect(await ran()).toBe(0);
  expect(lines()[0]).toBe('night how it went page as declared');
  expect(printed.stdout).not.toContain('added');
  printed.stdout = '';
  expect(await ran('deadline=06:00 mon-fri')).toBe(0);
  expect(printed.stdout).toMatch(/07:30, 45m +06:00 mon-fri, 45m/);
  expect(printed.stdout).toMatch(/06:05, 1 h 25 min before the deadline; 5 min after the changed one/);
});

test('as JSON, of the last nights, with the days that nothing is recorded of', async () => {
  await workIn('deadline: "07:30"\n', [...healthy(2), failed(day(4), '02:00')]);
  const options = { json: true, last: 2, set: ['repair_time = 2h'] };
  expect(await alertsBacktestCommand(undefined, options)).toBe(0);
  expect(JSON.parse(printed.stdout)).toMatchObject({
    ...{ pipeline: 'shop', zone: 'Europe/Berlin', added: [], removed: [], unrecorded: [day(2), day(3)] },
    thresholds: { declared: { deadline: '07:30', repair_time: '30m' }, changed: { repair_time: '2h' } },
    nights: [
      { asOf: day(1), outcome: 'published', declared: { page: null } },
      { asOf: day(4), runs: 1, outcome: 'failed', dataAt: null, declared: { late: true, missed: false } },
    ],
  });
});

test('nothing is recorded, and no deadline is declared', async () => {
  await workIn('', []);
  expect(await ran()).toBe(0);
  expect(printed.stdout).toContain('no run of shop is recorded in the store .daybreak; every run is, when it ends');
  expect(printed.stderr).toContain('shop declares no deadline, so that nothing ever rings: declare one');
});

test('what cannot be tried out is refused, with what can', async () => {
  await workIn('deadline: "07:30"\n', NIGHTS);
  const refused = async (set: string) => await ran(set).catch((error: unknown) => error);
  expect(await refused('repair_tim=1h')).toMatchObject({
    kind: 'BadRequest',
    text: {
      what: 'there is no threshold repair_tim; did you mean repair_time?',
      expected: 'one of deadline, repair_time',
    },
  });
  expect(await refused('repair_time=soon')).toMatchObject({
    text: { what: 'repair_time is not understood; expected a duration such as 45s, 30m or 2h' },
  });
  expect(await refused('repair_time')).toMatchObject({ kind: 'BadRequest', text: { expected: 'key=value' } });
  await workIn('deadline: soon\nwindow: nonsense\n', NIGHTS);
  await expect(ran()).rejects.toThrow(/one mistake in the pipeline\n {2}pipeline.yaml:4:11 deadline/);
});

/** Unchanged means that readers have it: files that are gone and places that moved are published anew, and rollbacks go to what is there. */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RunResult } from '../../src/domain/run';
import { removeTemporaryFolders, temporaryFolder } from '../dev/temporary';
import { cli, json } from '../support/cli';
import { editionHash, rowsOf } from '../support/content';
import { steps } from '../support/history';
import { startServer, type TestServer } from '../support/server';
import { openSite, type Site, withSite } from '../support/site';
import { folderOf, tinyPipeline } from './folders';

// A busy machine takes its time, also to start a server.
jest.setTimeout(150_000);

let server: TestServer;
/** With a worker, for pipelines of different names. */
let site: Site;
beforeAll(async () => {
  server = await startServer();
  site = await openSite(server);
  await site.worker();
});
afterAll(async () => {
  await site.close();
  await server.stop();
  await removeTemporaryFolders();
});

const folderOfEdition = (result: RunResult) => dirname(result.tables[0]?.uri ?? '');
const statesOf = async (site: Site, pipeline: string) =>
  Object.fromEntries((await site.client.editions(pipeline)).map(({ edition, state }) => [edition.id, state]));

test('a run again publishes again when the files of the live edition are gone, also in part, also with everything anew', async () => {
  const pipeline = tinyPipeline('gone');
  const request = { pipeline, to: '2026-03-02' };
  const first = await site.run(request);
  const hash = await editionHash(first.tables);
  const table = first.tables[0]?.uri ?? '';

  rmSync(folderOfEdition(first), { recursive: true });
  const second = await site.run(request);
  expect(second).toMatchObject({ outcome: 'published', live: second.edition, previousEdition: first.edition });
  expect(second.models).toMatchObject([{ name: 'total', reused: true }]);
  expect(second.resumed.parts).toBe(1);
  expect(await editionHash(second.tables)).toEqual(hash);
  expect(await site.client.query('FROM total', { pipeline })).toMatchObject({
    edition: second.edition,
    rows: [{ total: '60', as_of: '2026-03-02' }],
  });
  expect(existsSync(table)).toBe(false);
  expect(await site.run(request)).toMatchObject({ outcome: 'unchanged', live: second.edition });

  rmSync(second.tables[0]?.uri ?? '');
  const third = await site.run({ ...request, full: true });
  expect(third).toMatchObject({ outcome: 'published', live: third.edition, previousEdition: second.edition });
  expect(third.models).toMatchObject([{ name: 'total', reused: false }]);
  expect(await editionHash(third.tables)).toEqual(hash);
  expect(await statesOf(site, pipeline)).toEqual({
    [first.edition ?? '']: 'unfinished',
    [second.edition ?? '']: 'unfinished',
    [third.edition ?? '']: 'live',
  });
});

test('a destination that the environment gives and that changes is published to, and nothing goes back from there', async () => {
  const pipeline = folderOf({
    'pipeline.yaml': `name: moves
zone: UTC
sources:
  numbers:
    type: csv
    path: numbers.csv
    columns: {id: BIGINT, value: BIGINT}
destination: {type: files, path: "\${env:SHOP_PUBLISHED}"}
`,
    'models/total.sql': '-- publish: true\nSELECT sum(value)::BIGINT AS total FROM numbers\n',
    'numbers.csv': 'id,value\n1,10\n2,20\n',
  });
  await withSite(server, async (site) => {
    const [here, there] = [join(temporaryFolder(), 'here'), join(temporaryFolder(), 'there')];
    const request = { pipeline, to: '2026-03-02' };
    const before = await site.worker({ env: { SHOP_PUBLISHED: here } });
    const first = await site.run(request);
    expect(first).toMatchObject({ outcome: 'published' });
    expect(await site.run(request)).toMatchObject({ outcome: 'unchanged' });
    await before.stop();

    await site.worker({ env: { SHOP_PUBLISHED: there } });
    const second = await site.run(request);
    expect(second).toMatchObject({ outcome: 'published', live: second.edition, previousEdition: first.edition });
    expect(second.models).toMatchObject([{ name: 'total', reused: true }]);
    expect(readdirSync(join(there, 'live')).toSorted()).toEqual(['report.html', 'total.parquet']);
    expect(await rowsOf(join(there, 'live', 'total.parquet'))).toEqual([{ total: '30' }]);
    expect(await site.run(request)).toMatchObject({ outcome: 'unchanged', live: second.edition });
    // Who still looks at the old place sees what was there.
    expect(await rowsOf(join(here, 'live', 'total.parquet'))).toEqual([{ total: '30' }]);
    await expect(site.client.rollback({ pipeline, why: 'a mistake' })).rejects.toMatchObject({
      kind: 'BadRequest',
      text: { where: here, what: expect.stringContaining(there) },
    });
    expect(await statesOf(site, pipeline)).toMatchObject({ [second.edition ?? '']: 'live' });
  });
});

test('each edition gets its report, a report that fails blocks nothing, and is made when somebody asks', async () => {
  const pipeline = tinyPipeline('reported');
  writeFileSync(
    join(pipeline, 'report.yaml'),
    'pages: [{title: Sum, sections: [{as: table, title: The sum, sql: FROM total}]}]\n',
  );
  appendFileSync(join(pipeline, 'pipeline.yaml'), 'report: report.yaml\n');
  await withSite(server, async (site) => {
    const worker = await site.worker({ failpoint: 'publish.afterSwap:stop' });
    const first = await site.client.start({ pipeline, to: '2026-03-02' });
    await site.whenFired();
    // The edition is out; now something is in the way of its report.
    const editions = join(site.home, 'published', 'reported', 'editions');
    const [edition = ''] = readdirSync(editions);
    const uri = join(editions, edition, 'report.html');
    mkdirSync(uri);
    worker.signal('SIGCONT');
    const result = await site.client.result(first);
    expect(result).toMatchObject({
      outcome: 'published',
      live: edition,
      report: { problem: expect.stringContaining('EISDIR') },
    });
    const tried = (await steps(server.client, first)).filter(({ type }) => type === 'update_dashboard');
    expect(tried).toMatchObject([{ attempt: 3 }]);
    expect(await statesOf(site, pipeline)).toEqual({ [edition]: 'live' });

    const kept = await site.run({ pipeline, to: '2026-03-01' });
    const place = join(folderOfEdition(kept), 'report.html');
    expect(kept).toMatchObject({ outcome: 'kept', report: { uri: place } });
    expect(readFileSync(place, 'utf8')).toContain('The sum');

    // Somebody asks for it, on a machine without a display.
    rmSync(uri, { recursive: true });
    const { code, stdout, stderr } = await cli(['report', '--pipeline', pipeline, '--open'], {
      DAYBREAK_HOME: site.home,
      DISPLAY: '',
      WAYLAND_DISPLAY: '',
    });
    expect({ code, stdout, stderr }).toMatchObject({
      code: 0,
      stdout: `${uri}\n`,
      stderr: expect.stringMatching(/^no browser could be opened here: there is no display; open the file/),
    });
    expect(readFileSync(uri, 'utf8')).toContain('The sum');
    // A command makes the same page as a run.
    const byTheRun = readFileSync(place, 'utf8');
    rmSync(place);
    const made = await cli(['report', kept.edition ?? '', '--pipeline', pipeline, '--json'], {
      DAYBREAK_HOME: site.home,
    });
    expect(json(made)).toEqual({ edition: kept.edition, uri: place, made: true });
    expect(readFileSync(place, 'utf8')).toBe(byTheRun);
    expect(await cli(['report', 'nothing', '--pipeline', pipeline], { DAYBREAK_HOME: site.home })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no edition nothing of reported'),
    });
  });
});

test('an older window is kept aside also when the files of the live edition are gone', async () => {
  const pipeline = tinyPipeline('kept-beside-gone');
  const first = await site.run({ pipeline, to: '2026-03-02' });
  rmSync(folderOfEdition(first), { recursive: true });
  const older = await site.client.start({ pipeline, to: '2026-03-01' });
  expect(await site.client.result(older)).toMatchObject({ outcome: 'kept', live: first.edition });
  expect((await steps(server.client, older)).map(({ attempt }) => attempt)).not.toContain(2);
});

test('a rollback goes back once, and only to an edition whose files are there', async () => {
  const pipeline = tinyPipeline('back');
  const days: RunResult[] = [];
  for (const to of ['2026-03-01', '2026-03-02', '2026-03-03']) days.push(await site.run({ pipeline, to }));
  const [first = '', second = '', third = ''] = days.map(({ edition }) => edition ?? '');
  const back = async (edition?: string) =>
    await site.client.rollback({ pipeline, why: 'wrong', ...(edition === undefined ? {} : { edition }) });
  const shown = () => readFileSync(join(site.home, 'published', 'back', 'live', 'total.parquet'));

  expect(await back()).toEqual({ live: second, previous: third });
  const published = readFileSync(days[1]?.tables[0]?.uri ?? '');
  expect(shown()).toEqual(published);
  const refused = { kind: 'BadRequest' };
  await expect(back()).rejects.toMatchObject({
    ...refused,
    message: expect.stringMatching(new RegExp(`${second} is live by a rollback already`)),
  });
  await expect(back('2026-03-01-nothing')).rejects.toMatchObject({
    ...refused,
    message: expect.stringContaining('there is no edition 2026-03-01-nothing'),
  });
  rmSync(folderOfEdition(days[0] as RunResult), { recursive: true });
  await expect(back(first)).rejects.toMatchObject({
    ...refused,
    message: expect.stringMatching(new RegExp(`the files of ${first} are not all there`)),
  });
  expect(await statesOf(site, pipeline)).toEqual({ [first]: 'unfinished', [second]: 'live', [third]: 'superseded' });
  expect(shown()).toEqual(published);
  // On purpose it may go forward again.
  expect(await back(third)).toEqual({ live: third, previous: second });
});

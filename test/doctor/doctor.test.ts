/** Each look of the doctor, and each made to fail by what it looks at. The server's are in test/cli/cli.test.ts. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join, resolve } from 'node:path';
import { releases } from '../../src/adapters/releases';
import { filesStore } from '../../src/adapters/stores/files';
import { doctorText } from '../../src/cli/doctor';
import { createOutput } from '../../src/cli/output';
import { loadConfig, loadWhatIsRight } from '../../src/config';
import type { Edition } from '../../src/domain/edition';
import { examine } from '../../src/doctor';
import { checkEngine } from '../../src/doctor/engine';
import { checkEnvironment } from '../../src/doctor/environment';
import { checkMemory, checkNode, checkThreadPool, checkTimeZones } from '../../src/doctor/machine';
import { checkClock, checkDestinations, checkSpace, checkStore } from '../../src/doctor/store';
import { checkCli, checkPorts, checkServer } from '../../src/doctor/temporal';
import { removeTemporaryFolders, script, temporaryFolder } from '../dev/temporary';
import { runOffline } from '../support/offline';
import { type Disk, mayMount, mountDisk } from '../support/tmpfs';
import { openWorkshop } from '../support/workshop';
import { tinyPipeline } from '../workflows/folders';

jest.setTimeout(120_000);

const disks: Disk[] = [];
const disk = (megabytes: number): Disk => {
  const made = mountDisk(join(temporaryFolder(), 'disk'), megabytes);
  disks.push(made);
  return made;
};
afterAll(async () => {
  for (const one of disks) one.unmount();
  await removeTemporaryFolders();
});

const good = expect.objectContaining({ state: 'good' });
const warns = (says: string) =>
  expect.objectContaining({ state: 'warn', says: expect.stringContaining(says), next: expect.any(String) });
const fails = (says: string) =>
  expect.objectContaining({ state: 'bad', says: expect.stringContaining(says), next: expect.any(String) });

test('node: as old as package.json says', () => {
  const { engines } = JSON.parse(readFileSync(resolve(__dirname, '../../package.json'), 'utf8')) as {
    engines: { node: string };
  };
  expect(engines.node).toBe('>=20.19');
  expect(checkNode()).toEqual(good);
  expect(['20.19.0', '24.0.0'].map((version) => checkNode(version))).toEqual([good, good]);
  expect(['20.18.9', '18.20.0'].map((version) => checkNode(version).state)).toEqual(['bad', 'bad']);
  expect(checkNode('18.1.0')).toEqual(fails('too old'));
});

test('time zones', () => {
  expect(checkTimeZones()).toEqual(good);
  expect(checkTimeZones('Europe/Atlantis')).toEqual(fails('does not know Europe/Atlantis'));
});

test('memory', () => {
  expect(checkMemory(2e9, 8e9)).toEqual(good);
  expect(checkMemory(2e9, 2.5e9)).toEqual(warns('2000MB, the machine has 2500MB'));
  expect(checkMemory(20_000e9)).toEqual(fails('DAYBREAK_MEMORY is 20000000MB'));
  expect(checkMemory(3e9, 2.5e9).next).toBe('set DAYBREAK_MEMORY=1500MB or less');
});

test('the thread pool, where somebody set it', () => {
  expect(checkThreadPool(undefined)).toEqual([]);
  expect(checkThreadPool('16')).toEqual([good]);
  expect(checkThreadPool('1')).toEqual([warns('wait for each other')]);
  expect(checkThreadPool('many')).toEqual([warns('UV_THREADPOOL_SIZE=many')]);
});

test('the environment: values, names and failpoints', () => {
  const look = (environment: NodeJS.ProcessEnv) => {
    const { config, problems } = loadWhatIsRight(environment);
    return checkEnvironment(config.environment, problems);
  };
  expect(look({})).toEqual([good]);
  expect(look({ DAYBREAK_HOME: '/x', TEMPORAL_TLS_SERVER_NAME: 'x', TEMPORAL_ADDRESS: '' })).toEqual([good]);
  expect(look({ DAYBREAK_MEMORY: 'plenty', DAYBREAK_THREADS: '0' })).toEqual([
    fails('DAYBREAK_MEMORY: expected a size'),
    fails('DAYBREAK_THREADS'),
  ]);
  expect(look({ DAYBREAK_HOMES: '/x' })).toEqual([warns('nothing reads it; did you mean DAYBREAK_HOME?')]);
  expect(look({ TEMPORAL_ADRESS: 'x:1' })).toEqual([warns('did you mean TEMPORAL_ADDRESS?')]);
  expect(look({ DAYBREAK_FAILPOINT: 'part.committed:kill' })).toEqual([fails('is armed')]);
  expect(look({ TEMPORAL_CONFIG_FILE: '/nowhere/temporal.toml', TEMPORAL_PROFILE: 'prod' })).toEqual([
    fails('the settings of Temporal'),
  ]);
});

test('the engine', async () => {
  expect(await checkEngine(1)).toEqual(good);
  // The engine's own refusal, from its own process.
  expect(await checkEngine(0)).toEqual(fails('DuckDB does not start: '));
});

describe('the store', () => {
  test('one that is not there is not made; one that is there is named', async () => {
    const home = join(temporaryFolder(), 'not', 'there');
    expect(await checkStore(home)).toEqual(
      expect.objectContaining({ state: 'good', says: `${home} is not there yet; the first run makes it` }),
    );
    expect(readdirSync(join(home, '..', '..'))).toEqual([]);
    const { id } = await filesStore(join(home, 'store'));
    expect(await checkStore(home)).toEqual(expect.objectContaining({ state: 'good', says: `${home}, id ${id}` }));
    writeFileSync(join(home, 'store', 'documents', 'store.json'), '{"id": ');
    expect(await checkStore(home)).toEqual(fails('the document is damaged'));
  });

  test('a file where the folder should be, or above it', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    expect(await checkStore(file)).toEqual(fails('it is a file'));
    expect(await checkStore(join(file, 'home'))).toEqual(fails('ENOTDIR'));
    expect(await checkSpace(join(file, 'home'))).toEqual(fails('ENOTDIR'));
  });
});

(mayMount() ? describe : describe.skip)('the store on a disk of its own', () => {
  test('a read-only disk, a full one, and a small one', async () => {
    const { folder, fill, readOnly } = disk(1);
    const home = join(folder, 'home');
    mkdirSync(home);
    expect(await checkStore(home)).toEqual(good);
    expect(await checkSpace(home)).toEqual(fails('0.0 GB free'));
    fill();
    expect(await checkStore(home)).toEqual(good);
    expect(await checkSpace(home)).toEqual(fails('0.0 GB free'));
    readOnly(true);
    expect(await checkStore(home)).toEqual(fails('its disk is read-only'));
    expect(await checkStore(join(home, 'below'))).toEqual(fails('cannot be made in'));
    expect(await checkSpace(disk(1_000).folder)).toEqual(warns('1.0 GB free'));
  });
});

test('what is published: whole, shown, and of a clock that was right', async () => {
  const workshop = await openWorkshop();
  const { home, services } = workshop;
  const pipeline = tinyPipeline('tiny');
  expect(await checkDestinations(home)).toEqual([expect.objectContaining({ state: 'good', says: 'nothing yet' })]);
  expect(await checkClock(home)).toEqual(good);
  const { publication } = await runOffline(workshop, 'one', { pipeline, to: '2026-03-02' });
  const first = String(publication?.edition);
  await runOffline(workshop, 'two', { pipeline, to: '2026-03-03' });
  await workshop.close();
  expect(await checkDestinations(home)).toEqual([good]);
  expect(await checkClock(home)).toEqual(good);
  expect(await checkClock(home, new Date('2020-01-01T00:00:00Z'))).toEqual(
    fails('it is 2020-01-01T00:00:00.000Z here'),
  );

  const log = releases(services.store, 'tiny');
  await log.release((await log.edition(first)) as Edition, {
    by: 'x',
    now: new Date().toISOString(),
    rollback: { why: 'x' },
  });
  expect(await checkDestinations(home)).toEqual([warns('is live, but readers are led to 2026-03-03-')]);
  rmSync(join(home, 'published', 'tiny', 'editions', first, 'total.parquet'));
  expect(await checkDestinations(home)).toEqual([fails('its files are not all there')]);
  await log.forget(first);
  expect(await checkDestinations(home)).toEqual([fails("the manifest of tiny's live edition is gone")]);
});

test('the command line of Temporal: nothing is got', async () => {
  const cache = join(temporaryFolder(), 'cache');
  const look = async (environment: NodeJS.ProcessEnv) =>
    await checkCli(loadConfig({ DAYBREAK_CACHE: cache, ...environment }));
  const path = temporaryFolder();
  expect(await look({ PATH: path })).toEqual([warns('the first command that needs a server gets one')]);
  expect(await look({ PATH: path, TEMPORAL_ADDRESS: 'x:1' })).toEqual([good]);
  script(join(path, 'temporal'), 'echo temporal version 0.9 "(Server 1.20.1)"');
  expect(await look({ PATH: path })).toEqual([
    warns('is older than 1.26, so it is passed over'),
    warns('none on the PATH'),
  ]);
  script(join(path, 'temporal'), 'echo temporal version 1.5.1 "(Server 1.29.1)"');
  expect(await look({ PATH: path })).toEqual([
    expect.objectContaining({ state: 'good', says: `${path}/temporal: temporal version 1.5.1 (Server 1.29.1)` }),
  ]);
  expect(() => readdirSync(cache)).toThrow('ENOENT');
});

test('ports that other programs have, and a server that is not there', async () => {
  const listening = async (): Promise<{ server: Server; port: number }> =>
    await new Promise((done) => {
      const server = createServer((socket) => socket.destroy());
      server.listen(0, '127.0.0.1', () => done({ server, port: (server.address() as { port: number }).port }));
    });
  const [frontend, ui] = [await listening(), await listening()];
  expect(await checkPorts(frontend.port, ui.port)).toEqual([
    fails(`${frontend.port}, for Temporal's frontend`),
    warns(`${ui.port}, for the Web UI`),
  ]);
  for (const { server } of [frontend, ui]) await new Promise((done) => server.close(done));
  expect(await checkPorts(frontend.port, ui.port)).toEqual([good]);
  const config = loadConfig({ TEMPORAL_ADDRESS: `127.0.0.1:${frontend.port}` });
  expect(await checkServer(config, '')).toEqual([fails(`nothing answers at 127.0.0.1:${frontend.port}`)]);
});

test('where nothing works, everything is still looked at, and said line by line', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  const found = await examine({
    ...{ PATH: '/nowhere', DAYBREAK_HOME: join(file, 'home'), DAYBREAK_CACHE: join(file, 'cache') },
    ...{ DAYBREAK_MEMORY: 'plenty', TEMPORAL_ADDRESS: '127.0.0.1:1', UV_THREADPOOL_SIZE: '1' },
  });
  const states = found.map(({ check, state }) => `${check}: ${state}`);
  expect(states).toEqual([
    'node: good',
    'time zones: good',
    expect.stringMatching(/^memory: /),
    'thread pool: warn',
    'environment: bad',
    'engine: good',
    'store: bad',
    'free space: bad',
    'published: bad',
    'clock: good',
    'temporal cli: good',
    'temporal server: bad',
  ]);
  expect(found.filter(({ state, next }) => state !== 'good' && next === undefined)).toEqual([]);
  const lines = doctorText(found, createOutput({ color: false }, {})).split('\n');
  expect(lines).toContain('✔ node                 ' + process.versions.node);
  expect(lines.at(-1)).toMatch(/^5 to mend, [12] to look at$/);
});

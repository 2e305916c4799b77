/** Which `temporal` is taken, how one is made where there is none, and what is said when none can be had. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { delimiter, join } from 'node:path';
import { findTemporal } from '../../src/dev/temporal-binary';
import { removeTemporaryFolders, script, temporaryFolder } from './temporary';

const GOOD = 'echo "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"';
const VERSION = 'temporal-v1.5.1';

interface Machine {
  readonly cacheDir: string;
  readonly cached: string;
  readonly lock: string;
  readonly env: NodeJS.ProcessEnv;
  readonly lines: string[];
  /** Puts a program into a folder of the PATH; the first folder is searched first. */
  program(folder: 'first' | 'second', name: string, ...body: string[]): string;
  find(): Promise<string>;
}

/** A machine with an empty PATH, whose downloads fail: its proxy refuses. */
function machine(): Machine {
  const root = temporaryFolder();
  const cacheDir = join(root, 'cache');
  const refused = 'http://127.0.0.1:1';
  const env = {
    HOME: root,
    PATH: [join(root, 'first'), join(root, 'second')].join(delimiter),
    HTTPS_PROXY: refused,
    https_proxy: refused,
  };
  const lines: string[] = [];
  return {
    cacheDir,
    cached: join(cacheDir, VERSION, 'temporal'),
    lock: join(cacheDir, `${VERSION}.lock`),
    env,
    lines,
    program: (folder, name, ...body) => script(join(root, folder, name), ...body),
    find: () => findTemporal({ cacheDir, env, onProgress: (line) => lines.push(line) }),
  };
}

/** A Go that takes a moment, counts how often it is asked, and makes a `temporal` that works. */
function withGo(on: Machine): { builds: () => number } {
  const count = join(on.env.HOME as string, 'builds');
  on.program(
    'second',
    'go',
    `echo "$@" >> ${count}`,
    '/bin/sleep 0.5',
    `printf '#!/bin/sh\\n%s\\n' '${GOOD}' > "$GOBIN/temporal"`,
  );
  return { builds: () => (existsSync(count) ? readFileSync(count, 'utf8').trim().split('\n').length : 0) };
}

afterAll(removeTemporaryFolders);

test('the PATH comes before the cache', async () => {
  const on = machine();
  script(on.cached, GOOD);
  const path = on.program('second', 'temporal', GOOD);
  expect(await on.find()).toBe(path);
  expect(on.lines).toEqual([]);
});

test('what does not run, names no server or is too old is passed over, with the reason', async () => {
  const on = machine();
  const broken = on.program('first', 'temporal', 'exit 3');
  const old = on.program('second', 'temporal', 'echo "temporal version 0.10.0 (Server 1.20.1, UI 2.10.0)"');
  script(on.cached, GOOD);
  expect(await on.find()).toBe(on.cached);
  expect(on.lines).toEqual([
    `passing over ${broken}: it does not run (3)`,
    `passing over ${old}: its server 1.20 is older than 1.26`,
  ]);
});

test('without one, and without a download, Go makes it, once', async () => {
  const on = machine();
  const go = withGo(on);
  expect(await on.find()).toBe(on.cached);
  expect(on.lines.join('\n')).toMatch(/download did not work: .*\n.*with Go, once: takes 4 to 5 minutes/);
  expect(await on.find()).toBe(on.cached);
  expect(go.builds()).toBe(1);
  expect(readdirSync(on.cacheDir)).toEqual([VERSION]);
});

test('a damaged file in the cache is removed and made again', async () => {
  const on = machine();
  const go = withGo(on);
  mkdirSync(join(on.cacheDir, VERSION), { recursive: true });
  writeFileSync(on.cached, Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0]), { mode: 0o755 });
  expect(await on.find()).toBe(on.cached);
  expect(on.lines[0]).toMatch(/^removing .*temporal: it does not run/);
  expect(go.builds()).toBe(1);
});

test('of two at once the second waits and takes what the first made', async () => {
  const on = machine();
  const go = withGo(on);
  expect(await Promise.all([on.find(), on.find()])).toEqual([on.cached, on.cached]);
  expect(go.builds()).toBe(1);
  expect(on.lines.filter((line) => line.includes('waiting for it'))).toHaveLength(1);
});

test.each([
  ['that died', (lock: string) => writeFileSync(lock, `${spawnSync('true').pid} ${hostname()} x`)],
  [
    'on another machine that went silent',
    (lock: string) => {
      writeFileSync(lock, '1 elsewhere x');
      const aMinuteAgo = Date.now() / 1000 - 60;
      utimesSync(lock, aMinuteAgo, aMinuteAgo);
    },
  ],
])('the lock of a holder %s is taken over', async (_, leaveLock) => {
  const on = machine();
  withGo(on);
  mkdirSync(on.cacheDir);
  leaveLock(on.lock);
  expect(await on.find()).toBe(on.cached);
  expect(readdirSync(on.cacheDir)).toEqual([VERSION]);
});

test('when nothing works, the message says what was tried and what to install', async () => {
  const on = machine();
  on.program('first', 'temporal', 'exit 1');
  on.program('second', 'go', 'echo "go: no network" >&2', 'exit 1');
  const error = await on.find().then(
    () => undefined,
    (failure: Error) => failure,
  );
  expect(error).toMatchObject({ name: 'DaybreakError' });
  const message = error?.message ?? '';
  expect(message).toMatch(/^found no usable Temporal CLI and could not get one; tried:/);
  expect(message).toMatch(/PATH: .*first.temporal: it does not run \(1\)/);
  expect(message).toContain(`cache: nothing at ${on.cached}`);
  expect(message).toMatch(/the Temporal SDK's download: \S+/);
  expect(message).toContain('go install: go: no network');
  expect(message).toMatch(/next: [^]*brew install temporal[^]*install Go[^]*TEMPORAL_ADDRESS=host:port/);
  expect(readdirSync(on.cacheDir)).toEqual([]);
});

test('a cache that cannot be written is named', async () => {
  const on = machine();
  writeFileSync(on.cacheDir, 'a file where the folder should be');
  await expect(on.find()).rejects.toThrow(/cache: .*EEXIST.*\(DAYBREAK_CACHE names another folder\)/);
});

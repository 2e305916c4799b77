/**
 * Finds a usable `temporal`: on the PATH, in our cache, else puts one into the cache: by the SDK's own download, else
 * built by Go. Whatever is found is run before it is used.
 */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { DaybreakError } from '../domain/failure';
import { withLock } from './file-lock';
import { CLI_VERSION, download, goInstall, type InstallOptions, onPath } from './temporal-install';

/** An older server is passed over; the tests run on 1.29. */
const OLDEST_SERVER = [1, 26] as const;
const CHECK_LIMIT_MS = 20_000;
const LEFTOVER_AFTER_MS = 60 * 60_000;

export interface FindTemporalOptions {
  /** Where our own copy is kept, for all projects of this user (`loadConfig().cache`). */
  readonly cacheDir: string;
  /** Hears what takes time, and what is passed over. */
  readonly onProgress: (line: string) => void;
  readonly env?: NodeJS.ProcessEnv;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error)).trim();

/** What a file says of itself as `temporal`, or why it cannot be used as one. */
async function tryOut(path: string, env: NodeJS.ProcessEnv): Promise<{ version: string } | { wrong: string }> {
  let stdout: string;
  try {
    ({ stdout } = await promisify(execFile)(path, ['--version'], { env, timeout: CHECK_LIMIT_MS }));
  } catch (error) {
    const { code, killed } = error as { code?: unknown; killed?: boolean };
    return {
      wrong: killed === true ? `no answer within ${CHECK_LIMIT_MS / 1000} s` : `it does not run (${String(code)})`,
    };
  }
  const [, major, minor] = /\bServer (\d+)\.(\d+)\./.exec(stdout) ?? [];
  if (major === undefined) return { wrong: 'its --version names no server' };
  const [oldestMajor, oldestMinor] = OLDEST_SERVER;
  const older = Number(major) < oldestMajor || (Number(major) === oldestMajor && Number(minor) < oldestMinor);
  return older
    ? { wrong: `its server ${major}.${minor} is older than ${OLDEST_SERVER.join('.')}` }
    : { version: stdout.trim() };
}

/** Why a file cannot be used as `temporal`; undefined when it can. */
async function whatIsWrong(path: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const tried = await tryOut(path, env);
  return 'wrong' in tried ? tried.wrong : undefined;
}

const exists = async (path: string) => (await stat(path).catch(() => undefined)) !== undefined;

/** Removes what makers that were killed left behind. */
async function sweep(cacheDir: string): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    if (!/^(making-|temporal-.*\.lock\.)/.test(name)) continue;
    const path = join(cacheDir, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > LEFTOVER_AFTER_MS) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

/** Makes a binary in a folder of its own, checks it, and only then gives it the name that others look for. */
async function make(
  way: (options: InstallOptions) => Promise<string>,
  target: string,
  options: Required<FindTemporalOptions>,
): Promise<void> {
  const folder = await mkdtemp(join(options.cacheDir, 'making-'));
  try {
    const made = await way({ folder, env: options.env, onProgress: options.onProgress });
    await chmod(made, 0o755);
    const wrong = await whatIsWrong(made, options.env);
    if (wrong !== undefined) throw new Error(`what came is not usable: ${wrong}`);
    await mkdir(dirname(target), { recursive: true });
    await rename(made, target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where our own copy is, once there is one. */
const cachedIn = (cacheDir: string) =>
  join(cacheDir, `temporal-${CLI_VERSION}`, process.platform === 'win32' ? 'temporal.exe' : 'temporal');

/** The `temporal` that would be used, if there is one, and what would be passed over; nothing is got or made. */
export async function presentTemporal({
  cacheDir,
  env,
}: Pick<Required<FindTemporalOptions>, 'cacheDir' | 'env'>): Promise<{
  readonly found?: { readonly path: string; readonly version: string };
  readonly passedOver: readonly string[];
}> {
  const passedOver: string[] = [];
  const cached = cachedIn(cacheDir);
  for (const path of [...onPath('temporal', env), ...((await exists(cached)) ? [cached] : [])]) {
    const tried = await tryOut(path, env);
    if ('version' in tried) return { found: { path, version: tried.version }, passedOver };
    passedOver.push(`${path}: ${tried.wrong}`);
  }
  return { passedOver };
}

const WAYS = [
  { name: "the Temporal SDK's download", make: download },
  { name: 'go install', make: goInstall },
] as const;

/** Path of a `temporal` that runs. Takes minutes the first time on a machine where only Go can make one. */
export async function findTemporal(given: FindTemporalOptions): Promise<string> {
  const options = { env: process.env, ...given };
  const { cacheDir, onProgress, env } = options;
  const tried: string[] = [];

  const candidates = onPath('temporal', env);
  if (candidates.length === 0) tried.push('PATH: no temporal');
  for (const path of candidates) {
    const wrong = await whatIsWrong(path, env);
    if (wrong === undefined) return path;
    tried.push(`PATH: ${path}: ${wrong}`);
    onProgress(`passing over ${path}: ${wrong}`);
  }

  const cached = cachedIn(cacheDir);
  if ((await exists(cached)) && (await whatIsWrong(cached, env)) === undefined) return cached;

  try {
    await mkdir(cacheDir, { recursive: true });
    const waitFor = (pid: string) =>
      onProgress(`process ${pid} is getting the Temporal CLI into ${cacheDir}: waiting for it`);
    const done = await withLock(join(cacheDir, `temporal-${CLI_VERSION}.lock`), waitFor, async () => {
      await sweep(cacheDir);
      if (await exists(cached)) {
        const wrong = await whatIsWrong(cached, env);
        if (wrong === undefined) return true;
        tried.push(`cache: ${cached}: ${wrong}`);
        onProgress(`removing ${cached}: ${wrong}`);
        await rm(cached, { force: true, recursive: true });
      } else {
        tried.push(`cache: nothing at ${cached}`);
      }
      for (const way of WAYS) {
        try {
          await make(way.make, cached, options);
          onProgress(`the Temporal CLI is ready: ${cached}`);
          return true;
        } catch (error) {
          tried.push(`${way.name}: ${messageOf(error)}`);
          onProgress(`${way.name} did not work: ${messageOf(error)}`);
        }
      }
      return false;
    });
    if (done) return cached;
  } catch (error) {
    tried.push(`cache: ${messageOf(error)} (DAYBREAK_CACHE names another folder)`);
  }

  throw new DaybreakError('MissingFile', {
    what: `found no usable Temporal CLI and could not get one; tried:\n  ${tried.join('\n  ')}`,
    next:
      'do one of these, then run the same command again:\n' +
      '  install the Temporal CLI: brew install temporal, or https://docs.temporal.io/cli#install\n' +
      '  install Go 1.25 or newer (https://go.dev/dl): daybreak then builds the CLI itself\n' +
      '  use a server that runs already: set TEMPORAL_ADDRESS=host:port',
  });
}

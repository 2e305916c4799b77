/** A real Chromium for tests: the one that CHROME_PATH names, one of the PATH, or the build that a development package carries. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { loadConfig } from '../../src/config';

interface Program {
  readonly path: string;
  readonly env?: Readonly<Record<string, string>>;
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const MAC = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const NEXT = 'next: apt-get install --yes chromium, or set CHROME_PATH to a Chrome or Chromium of yours';

/** Not every file of that name is a browser: some only say where to get one. */
function works({ path, env }: Program): boolean {
  const { status, stdout } = spawnSync(path, ['--version'], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 30_000,
  });
  return status === 0 && /chrom/i.test(stdout);
}

/** Unpacks the build that came with `npm ci`, once a version, beside the other programs that daybreak keeps. */
function carried(): Program | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const root = join(__dirname, '..', '..', 'node_modules', '@sparticuz', 'chromium');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  const { cache } = loadConfig();
  const folder = join(cache, `chromium-${version}`);
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true });
    const unpacked = mkdtempSync(join(cache, 'chromium-'));
    // It unpacks into the temporary folder, and its libraries only where it takes the machine for a bare one.
    const env = { ...process.env, TMPDIR: unpacked, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' };
    execFileSync(process.execPath, ['-e', "require('@sparticuz/chromium').executablePath()"], { cwd: root, env });
    try {
      renameSync(unpacked, folder);
    } catch {
      // Another test file was quicker.
      rmSync(unpacked, { recursive: true, force: true });
    }
  }
  const env = { LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'), FONTCONFIG_PATH: join(folder, 'fonts') };
  return { path: join(folder, 'chromium'), env };
}

/** Fails with the command that mends it when there is none. */
export function findChromium(environment: NodeJS.ProcessEnv = process.env): Program {
  const named = environment.CHROME_PATH;
  if (named) {
    if (works({ path: named })) return { path: named };
    throw new Error(`CHROME_PATH is ${named}, which is no Chromium that runs\n${NEXT}`);
  }
  const folders = (environment.PATH ?? '').split(':').filter((folder) => folder !== '');
  const found = [...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))), ...MAC].filter((path) =>
    existsSync(path),
  );
  for (const path of found) if (works({ path })) return { path };
  const own = carried();
  if (own !== undefined && works(own)) return own;
  throw new Error(`there is no Chromium on this machine for the tests of the report\n${NEXT}`);
}

/** Starts it, headless, with a profile of its own. */
export async function startChromium(environment: NodeJS.ProcessEnv = process.env): Promise<Browser> {
  const { path, env = {} } = findChromium(environment);
  const asRoot = process.getuid?.() === 0;
  return await chromium.launch({
    executablePath: path,
    args: [...FLAGS, ...(asRoot ? ['--no-sandbox'] : [])],
    env: { ...(process.env as Record<string, string>), ...env },
  });
}

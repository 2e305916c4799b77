/** Folders, small programs and a Temporal CLI for the tests of this folder. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadConfig } from '../../src/config';
import { findTemporal } from '../../src/dev/temporal-binary';

const folders: string[] = [];

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'daybreak-dev-'));
  folders.push(folder);
  return folder;
}

export async function removeTemporaryFolders(): Promise<void> {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
}

/** An executable shell script. */
export function script(path: string, ...lines: string[]): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${lines.join('\n')}\n`, { mode: 0o755 });
  return path;
}

/** The Temporal CLI of this machine, as `daybreak demo` finds it; made when there is none, which takes minutes once. */
export function temporal(): Promise<string> {
  return findTemporal({
    cacheDir: loadConfig().cache,
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
}

export const TEMPORAL_LIMIT_MS = 20 * 60_000;

/** Waits until something holds; fails with what was waited for. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>, limitMs = 10_000) {
  const until = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > until) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

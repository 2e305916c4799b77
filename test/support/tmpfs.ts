/** A small disk of its own for a test: full, or read-only, when the test says so. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../dev/temporary';

export interface Disk {
  readonly folder: string;
  /** Fills it to the last block. */
  fill(): void;
  /** Takes away what filled it. */
  makeRoom(): void;
  readOnly(on: boolean): void;
  unmount(): void;
}

const mount = (...args: string[]) => execFileSync('mount', args, { stdio: 'pipe' });

/** Mounts a disk of so many megabytes on a folder. */
export function mountDisk(folder: string, megabytes: number): Disk {
  mkdirSync(folder, { recursive: true });
  mount('-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder);
  const filler = join(folder, 'filler');
  return {
    folder,
    fill() {
      const file = openSync(filler, 'a');
      const block = Buffer.alloc(statfsSync(folder).bsize);
      try {
        // Others write meanwhile, so it is full when it says so.
        for (;;) writeSync(file, block);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        closeSync(file);
      }
    },
    makeRoom: () => rmSync(filler, { force: true }),
    readOnly: (on) => void mount('-o', `remount,${on ? 'ro' : 'rw'}`, folder),
    unmount: () => void execFileSync('umount', ['--lazy', folder], { stdio: 'pipe' }),
  };
}

/** Whether this process may mount: as root on Linux. */
export function mayMount(): boolean {
  try {
    mountDisk(join(temporaryFolder(), 'disk'), 1).unmount();
    return true;
  } catch {
    return false;
  }
}

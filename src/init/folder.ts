/** The folder that `init` makes: where nothing was, with a name that a pipeline may have. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PIPELINE_NAME } from '../domain/definition';
import { DaybreakError } from '../domain/failure';
import { plainName } from './text-types';

/** Fails as `BadRequest` where there is something already: nothing is ever overwritten. */
export async function expectNothing(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new DaybreakError(
      'BadRequest',
      { where: folder, what: `the folder cannot be made here (${error.code})`, next: 'name another folder' },
      { cause: error },
    );
  });
  if (entries.length === 0) return;
  throw new DaybreakError('BadRequest', {
    where: folder,
    what: `there is something in the folder already: ${entries.slice(0, 5).join(', ')}${entries.length > 5 ? ', …' : ''}`,
    expected: 'an empty folder or none, as nothing is overwritten',
    next: 'name another folder, or move away what is there',
  });
}

/** `My Shop 2` → `my-shop-2` */
export function pipelineName(folder: string): string {
  const plain = plainName(basename(folder)).replaceAll('_', '-').slice(0, 63).replace(/-$/, '');
  return PIPELINE_NAME.test(plain) ? plain : `pipeline-${plain}`.slice(0, 63).replace(/-$/, '');
}

/** Writes the files, by their paths within the folder. */
export async function writeFolder(folder: string, files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  await expectNothing(folder);
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content, { flag: 'wx' });
  }
}

/** The zone of this machine. */
export const machineZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

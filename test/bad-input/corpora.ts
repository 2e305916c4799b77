/** Public corpora of bad input; they lie beside the project and are not part of it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../../shared/data/bad-input');

/** A corpus's folder, or undefined, said in a line, where it is absent. */
export function corpus(name: string): string | undefined {
  const folder = join(ROOT, name);
  if (existsSync(folder)) return folder;
  console.log(`${name} is not beside the project: its files are not tested`);
  return undefined;
}

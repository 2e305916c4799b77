/** Files of people, and the declaration that is made from them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { type FromFilesOptions, initFromFiles, type MadePipeline } from '../../src/init/from-files';
import { temporaryFolder } from '../dev/temporary';

export interface Made extends MadePipeline {
  readonly yaml: string;
  /** The text of a file that was made. */
  text(file: string): string;
  /** Lines of one source, without blanks around them. */
  lines(source: string): string[];
  readonly declared: { sources: Record<string, Record<string, unknown>>; [key: string]: unknown };
}

/** Writes files into a new folder, and gives its path. */
export function folderOf(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** What `init` makes in `base/shop` of files given as seen from `base`. */
export async function init(base: string, from: readonly string[], more: Partial<FromFilesOptions> = {}): Promise<Made> {
  const folder = join(base, 'shop');
  const now = new Date('2026-11-25T12:00:00Z');
  const made = await initFromFiles({
    folder,
    from,
    base,
    home: join(base, 'home'),
    now,
    memoryBytes: 1e9,
    threads: 2,
    ...more,
  });
  const text = (file: string) => readFileSync(join(made.folder, file), 'utf8');
  const yaml = text('pipeline.yaml');
  return {
    ...made,
    yaml,
    text,
    lines(source) {
      const all = yaml.split('\n');
      const from = all.indexOf(`  ${source}:`);
      const to = all.findIndex((line, index) => index > from && !line.startsWith('    '));
      return all.slice(from + 1, to).map((line) => line.trim());
    },
    declared: parse(yaml) as Made['declared'],
  };
}

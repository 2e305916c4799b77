/** Pipelines that tests write themselves. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '../dev/temporary';

/** A folder of these files: path → text. */
export function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = join(temporaryFolder(), 'pipeline');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** One source of three numbers and one published table of their sum, with day limits that it shows. */
export const tinyPipeline = (name: string): string =>
  folderOf({
    'pipeline.yaml': `name: ${name}
zone: Pacific/Auckland
window: 3d
sources:
  numbers:
    type: csv
    path: numbers.csv
    key: [id]
    columns: {id: BIGINT, value: BIGINT}
`,
    'models/total.sql': `-- publish: true
SELECT sum(value)::BIGINT AS total, getvariable('as_of') AS as_of FROM numbers
`,
    'numbers.csv': 'id,value\n1,10\n2,20\n3,30\n',
  });

/** `init` without files: the starter pipeline, whose comments teach. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { DECLARATION } from '../adapters/definition/read';
import { validatePipeline } from '../adapters/definition/validate';
import { guessed } from './declaration';
import { machineZone, writeFolder } from './folder';
import type { MadePipeline } from './from-files';
import { ownName } from './own-name';
import { schemaFile } from './schema-file';

const STARTER = resolve(__dirname, '..', '..', 'templates', 'starter');

async function templateFiles(): Promise<[path: string, content: Buffer][]> {
  const entries = await readdir(STARTER, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return await Promise.all(
    files
      .toSorted()
      .map(
        async (file): Promise<[string, Buffer]> => [relative(STARTER, file).split(sep).join('/'), await readFile(file)],
      ),
  );
}

/** Makes the folder. Fails as `BadRequest` where something is there already. */
export async function initStarter({
  folder,
  home,
}: {
  readonly folder: string;
  readonly home: string;
}): Promise<MadePipeline> {
  const schema = await schemaFile();
  const own = await ownName(folder, home);
  const files = Object.fromEntries(
    (await templateFiles()).map(([path, content]): [string, string | Buffer] => {
      if (path !== DECLARATION) return [path, content];
      const yaml = content
        .toString('utf8')
        .replace(/\$schema=.*/, `$$schema=./${schema.name}`)
        .replace(/^name: .*/m, () => `name: ${own.name}  ${guessed(own.renamed)}`.trimEnd())
        .replace(/^zone: .*/m, `zone: ${machineZone()}  # guess: the zone of this machine`);
      return [path, yaml];
    }),
  );
  await writeFolder(folder, { ...files, [schema.name]: schema.text });
  const { pipeline, sources } = await validatePipeline(folder, { base: folder, parameters: {}, environment: {} });
  return {
    ...own,
    folder,
    files: [...Object.keys(files), schema.name],
    sources: sources.map((source) => {
      const declared = pipeline?.definition.sources[source.name];
      return {
        name: source.name,
        path: declared !== undefined && 'path' in declared ? declared.path : '',
        files: source.files,
        rows: source.records,
        quarantined: 0,
        odd: [],
        key: declared?.key ?? null,
      };
    }),
    models: pipeline?.models.filter(({ header }) => header.publish).map((model) => model.name) ?? [],
    guesses: own.renamed === undefined ? 1 : 2,
  };
}

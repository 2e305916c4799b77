/** The folder that `init` makes from nothing: good as it is, and taken from real files. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { validatePipeline } from '../../src/adapters/definition/validate';
import { initStarter } from '../../src/init';
import { pipelineName } from '../../src/init/folder';
import { removeTemporaryFolders, temporaryFolder } from '../dev/temporary';
import { folderOf } from './support';

jest.setTimeout(150_000);
afterAll(removeTemporaryFolders);

const OPTIONS = { parameters: {}, environment: {}, base: '/' };

test('the template is good, and its files are as declared', async () => {
  const validation = await validatePipeline(resolve(__dirname, '..', '..', 'templates', 'starter'), OPTIONS);
  expect(validation).toMatchObject({ problems: [], data: [], sources: [{ records: 40 }, { records: 8 }] });
});

test('its night only has to be uncommented, and a fixed window taken away', async () => {
  const folder = join(temporaryFolder(), 'nightly');
  await initStarter({ folder, home: temporaryFolder() });
  const path = join(folder, 'pipeline.yaml');
  const moving = readFileSync(path, 'utf8').replace(/^from: .*\nto: .*\n/m, '');
  const [, block = ''] = /(# schedule: [^]*?)\n\n/.exec(moving) ?? [];
  writeFileSync(path, moving.replace(block, block.replaceAll(/^# /gm, '')));
  const { pipeline, problems, warnings } = await validatePipeline(folder, OPTIONS);
  expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
  expect(pipeline?.definition).toMatchObject({
    ...{ schedule: { cron: '0 3 * * *' }, deadline: '07:30 mon-fri' },
    notify: { routes: [{ severity: ['degraded', 'critical'], to: ['log'] }] },
  });
});

test('a folder is made, with a name of its own, and its schema beside it', async () => {
  const folder = join(temporaryFolder(), 'My Shop');
  const made = await initStarter({ folder, home: temporaryFolder() });
  expect(made).toMatchObject({ name: 'my-shop', models: ['customer_sales', 'sales_by_day'] });
  const yaml = readFileSync(join(folder, 'pipeline.yaml'), 'utf8');
  expect(yaml.split('\n')[0]).toBe('# yaml-language-server: $schema=./pipeline.schema.json');
  expect(yaml).toMatch(/^name: my-shop$/m);
  expect(JSON.parse(readFileSync(join(folder, 'pipeline.schema.json'), 'utf8'))).toHaveProperty('properties.sources');
  await expect(initStarter({ folder, home: temporaryFolder() })).rejects.toThrow(
    'there is something in the folder already: data, mappings, models',
  );
});

test('a file is no folder', async () => {
  const base = folderOf({ shop: 'x' });
  await expect(initStarter({ folder: join(base, 'shop'), home: base })).rejects.toThrow(
    'the folder cannot be made here (ENOTDIR)',
  );
});

test.each([
  ['/x/my-shop', 'my-shop'],
  ['/x/Köln 2026', 'koln-2026'],
  ['/x/2026', 'pipeline-2026'],
  ['/x/客户', 'pipeline'],
])('%s is called %s', (folder, name) => {
  expect(pipelineName(folder)).toBe(name);
});

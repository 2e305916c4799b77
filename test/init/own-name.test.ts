/** A name is not taken twice in one store, as one pipeline's edition would replace the other's. */
import { join } from 'node:path';
import { releases } from '../../src/adapters/releases';
import { filesStore } from '../../src/adapters/stores/files';
import type { Edition } from '../../src/domain/edition';
import { initStarter } from '../../src/init';
import { ownName } from '../../src/init/own-name';
import { removeTemporaryFolders, temporaryFolder } from '../dev/temporary';
import { folderOf, init } from './support';

jest.setTimeout(150_000);
afterAll(removeTemporaryFolders);

/** Puts a live edition into the store, as a run of a folder does. */
async function publish(home: string, name: string, folder: string): Promise<void> {
  const store = await filesStore(join(home, 'store'));
  const runId = `run-of-${name}`;
  await store.putIfAbsent(`plans/${name}/${runId}`, { folder });
  const edition = { id: 'one', pipeline: name, window: { asOf: '2026-11-26' }, knownAt: '2026-11-26T01:00:00Z' };
  const whole = { ...edition, run: { workflowId: 'w', runId } } as Edition;
  await releases(store, name).keep(whole);
  await releases(store, name).release(whole, { by: 'w', now: '2026-11-26T01:00:00Z' });
}

test('the name of the folder, with what tells it apart where another folder has it', async () => {
  const home = temporaryFolder();
  expect(await ownName('/b/shop', home)).toEqual({ name: 'shop' });
  await publish(home, 'shop', '/a/shop');
  expect(await ownName('/a/shop', home)).toEqual({ name: 'shop' });
  const renamed = 'shop is live from /a/shop, and a run would replace it';
  expect(await ownName('/b/shop', home)).toEqual({ name: 'b-shop', renamed });
  await publish(home, 'b-shop', '/x/b-shop');
  expect(await ownName('/b/shop', home)).toEqual({ name: 'shop-2', renamed });
});

test('the declaration says so', async () => {
  const base = folderOf({ 'orders.csv': 'id\n1\n' });
  const home = join(base, 'home');
  await publish(home, 'shop', '/a/shop');
  const made = await init(base, ['orders.csv']);
  expect(made.yaml).toMatch(/^name: \S+-shop +# guess: shop is live from \/a\/shop, and a run would replace it$/m);
  const starter = await initStarter({ folder: join(base, 'more', 'shop'), home });
  expect(starter).toMatchObject({ name: 'more-shop', guesses: 2 });
});

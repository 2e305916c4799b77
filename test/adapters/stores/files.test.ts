import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesStore } from '../../../src/adapters/stores/files';
import { storeContract } from '../../contracts/store';

const roots: string[] = [];
async function open(root?: string) {
  const folder = root ?? (await mkdtemp(join(tmpdir(), 'daybreak-store-')));
  roots.push(folder);
  return { store: await filesStore(folder), root: folder };
}
afterAll(async () => {
  for (const root of roots) await rm(root, { recursive: true, force: true });
});

storeContract('a folder', open);

/** Every file and folder with the time of its last change, and a folder's is that of its entries. */
async function everything(root: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const path of ['.', ...(await readdir(root, { recursive: true }))]) {
    const { mtimeNs, ctimeNs, size } = await stat(join(root, path), { bigint: true });
    found[path] = `${mtimeNs} ${ctimeNs} ${size}`;
  }
  return found;
}

test('one that is there is opened without writing anything, so that it can be read where nobody may write', async () => {
  const { store, root } = await open();
  await store.putIfAbsent('a/b', 1);
  const before = await everything(root);
  const again = (await open(root)).store;
  expect(again.id).toBe(store.id);
  expect(await again.get('a/b')).toBe(1);
  expect(await again.list('a')).toEqual(['a/b']);
  expect(await everything(root)).toEqual(before);
});

/** Which pipelines a store knows to be watched. */
import { join } from 'node:path';
import { filesStore } from '../../src/adapters/stores/files';
import { watchedPipelines } from '../../src/adapters/watched';
import type { Watched } from '../../src/domain/watch/noted';
import { removeTemporaryFolders, temporaryFolder } from '../dev/temporary';
import { settings } from '../domain/watch/seen';

afterAll(removeTemporaryFolders);

test('those that the newest note of what was asked for calls watched', async () => {
  const store = await filesStore(join(temporaryFolder(), 'store'));
  expect(await watchedPipelines(store)).toEqual([]);
  const note = async (key: string, pipeline: string, isWatched: boolean) =>
    await store.putIfAbsent<Watched>(`watched/${key}`, { pipeline, settings: isWatched ? settings : null });
  await note('aa/00000001', 'shop', true);
  await note('aa/00000002', 'shop', false);
  await note('bb/00000001', 'books', false);
  await note('bb/00000010', 'books', true);
  await note('cc/00000001', 'tea', true);
  expect(await watchedPipelines(store)).toEqual(['books', 'tea']);
});

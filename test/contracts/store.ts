/** What every store must do; `open` gives a new empty one, or the same again by its root. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Store } from '../../src/adapters/store';

export function storeContract(name: string, open: (root?: string) => Promise<{ store: Store; root: string }>): void {
  describe(`${name} as a store`, () => {
    it('keeps its id', async () => {
      const { store, root } = await open();
      expect((await open(root)).store.id).toBe(store.id);
      expect((await open()).store.id).not.toBe(store.id);
    });

    it('lets the first of many writers win, and tells all of them who it was', async () => {
      const { store, root } = await open();
      const other = (await open(root)).store;
      const answers = await Promise.all(
        Array.from(
          { length: 50 },
          async (_, writer) =>
            await (writer % 2 === 0 ? store : other).putIfAbsent('race/key', { writer, text: 'x'.repeat(10_000) }),
        ),
      );
      const winners = answers.filter(({ won }) => won);
      expect(winners).toHaveLength(1);
      for (const { value } of answers) expect(value).toEqual(winners[0]?.value);
      expect(await store.list('race')).toEqual(['race/key']);
    });

    it('forgets a removed document, and does not mind one that is not there', async () => {
      const { store } = await open();
      await store.putIfAbsent('a/b', 1);
      await store.remove('a/b');
      await store.remove('a/b');
      expect(await store.get('a/b')).toBeUndefined();
    });

    it('seals a file with its checksum, and finds every flipped byte and cut', async () => {
      const { store } = await open();
      const scratch = await store.scratch('run/one');
      await writeFile(join(scratch, 'part'), 'some bytes');
      const file = await store.seal(join(scratch, 'part'), 'parts/p.1.parquet');
      expect(file).toMatchObject({ bytes: 10, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
      expect(await store.verify(file)).toBe(true);
      const linked = await store.link(file, scratch);
      expect(await readFile(linked, 'utf8')).toBe('some bytes');
      const path = store.path(file);
      for (const damage of ['some bytez', 'some byte', '', 'some bytes!']) {
        await writeFile(path, damage);
        expect(await store.verify(file)).toBe(false);
      }
      await store.removeData(file.uri);
      expect(await store.verify(file)).toBe(false);
    });

    it('lets no name leave it', async () => {
      const { store } = await open();
      await expect(store.putIfAbsent('../../outside', 1)).rejects.toMatchObject({ kind: 'Bug' });
      await expect(store.scratch('../outside')).rejects.toMatchObject({ kind: 'Bug' });
      expect(() => store.path({ uri: '../outside', bytes: 0, sha256: '' })).toThrow('leaves');
    });
  });
}

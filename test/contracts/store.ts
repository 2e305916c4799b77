/** What every store must do; `open` gives a new empty one, or the same again by its root. */
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
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

    it('reads many documents in the order of their keys, with gaps where there is none', async () => {
      const { store } = await open();
      const keys = Array.from({ length: 100 }, (_, index) => `many/${index}`);
      for (const key of keys) if (!key.endsWith('3')) await store.putIfAbsent(key, { key });
      const wanted = keys.toReversed();
      const expected = wanted.map((key) => (key.endsWith('3') ? undefined : { key }));
      expect(await store.getAll(wanted)).toEqual(expected);
      expect(await store.getAll([])).toEqual([]);
    });

    it('says of a data file whether it is there with its size, and gives no second name to one that is gone', async () => {
      const { store } = await open();
      const scratch = await store.scratch('run/one');
      await writeFile(join(scratch, 'part'), 'some bytes');
      const file = await store.seal(join(scratch, 'part'), 'parts/p.1.parquet');
      expect(await store.holds(file)).toBe(true);
      // Twice is once.
      expect(await store.link(file, scratch)).toBe(await store.link(file, scratch));
      await truncate(store.path(file), 4);
      expect(await store.holds(file)).toBe(false);
      await rm(store.path(file));
      expect(await store.holds(file)).toBe(false);
      const other = await store.scratch('run/two');
      await expect(store.link(file, other)).rejects.toMatchObject({
        kind: 'Damaged',
        text: { where: store.path(file), next: expect.stringContaining('again') },
      });
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

/** What every destination must do: readers see one edition or the other, whole, whatever the writers do meanwhile. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import type { Destination } from '../../src/adapters/destination';
import type { Edition } from '../../src/domain/edition';

/** A place of its own, with the ways that readers and clumsy hands have to it. */
export interface DestinationUnderTest {
  readonly destination: Destination;
  /** A new writer of the same place, as another process would be. */
  again(): Destination;
  /** An edition whose tables `orders` and `users` hold nothing but its id, and files of it to be staged. */
  edition(id: string): Promise<{ edition: Edition; files: ReadonlyMap<string, string> }>;
  /** What a reader sees in one session: the id in each table, and what the place says that the edition is. */
  read(): Promise<readonly string[]>;
  /** What somebody reads who keeps what is live now open while other editions are shown. */
  keepReading(): Promise<{ read(): Promise<readonly string[]>; close(): void }>;
  /** Damages what is derived from the release log. */
  damage(): Promise<void>;
  /** Leaves what a writer leaves that dies while it stages and shows an edition. */
  abandon(): Promise<void>;
  /** Names of what does not belong to any edition. */
  strays(): Promise<readonly string[]>;
}

export function destinationContract(name: string, open: () => Promise<DestinationUnderTest>): void {
  const seen = (id: string) => [id, id, id];

  describe(`${name} as a destination`, () => {
    it('shows nothing before the first edition, nor one that is only staged', async () => {
      const { destination, edition } = await open();
      expect(await destination.shown()).toBeNull();
      expect(await destination.editions()).toEqual([]);
      const first = await edition('first');
      await destination.stage(first.edition, first.files);
      expect(await destination.shown()).toBeNull();
      expect(await destination.editions()).toEqual(['first']);
    });

    it('shows the edition that it is told to, also an earlier one', async () => {
      const { destination, edition, read } = await open();
      for (const id of ['first', 'second']) {
        const { edition: made, files } = await edition(id);
        await destination.stage(made, files);
        await destination.show(made);
        expect(await destination.shown()).toBe(id);
        expect(await read()).toEqual(seen(id));
      }
      await destination.show((await edition('first')).edition);
      expect(await destination.shown()).toBe('first');
      expect(await read()).toEqual(seen('first'));
      expect((await destination.editions()).toSorted()).toEqual(['first', 'second']);
    });

    it('holds an edition when all its files are there with their sizes', async () => {
      const { destination, edition } = await open();
      const { edition: made, files } = await edition('first');
      expect(await destination.holds(made)).toBe(false);
      await destination.stage(made, new Map([...files].slice(0, 1)));
      expect(await destination.holds(made)).toBe(false);
      await destination.stage(made, files);
      expect(await destination.holds(made)).toBe(true);
      const path = destination.file(made, 'users');
      await rm(path);
      expect(await destination.holds(made)).toBe(false);
      await writeFile(path, 'half of it');
      expect(await destination.holds(made)).toBe(false);
      await rm(path);
      await destination.stage(made, files);
      expect(await destination.holds(made)).toBe(true);
    });

    it('says where its tables are, with rows and checksum', async () => {
      const { destination, edition } = await open();
      const { edition: made, files } = await edition('first');
      await destination.stage(made, files);
      expect(destination.tables(made)).toEqual(
        made.tables.map(({ name: table, rows, sha256 }) => ({
          name: table,
          uri: destination.file(made, table),
          rows,
          sha256,
        })),
      );
    });

    it('puts a report beside the tables of an edition, whole, in place of the one before, and does not miss it', async () => {
      const { destination, again, edition, strays } = await open();
      const { edition: made, files } = await edition('first');
      await expect(destination.putReport(made, '<p>early</p>')).rejects.toThrow();
      expect(await destination.editions()).toEqual([]);
      await destination.stage(made, files);
      expect(await destination.report(made)).toBeNull();
      const place = await destination.putReport(made, '<p>one</p>');
      expect(await destination.report(made)).toBe(place);
      expect(await readFile(place, 'utf8')).toBe('<p>one</p>');
      const versions = Array.from({ length: 8 }, (_, index) => `<p>${String(index).repeat(100_000)}</p>`);
      await Promise.all(versions.map(async (html) => await again().putReport(made, html)));
      expect(versions).toContain(await readFile(place, 'utf8'));
      expect(await strays()).toEqual([]);
      await rm(place);
      expect(await destination.report(made)).toBeNull();
      expect(await destination.holds(made)).toBe(true);
      await destination.putReport(made, '<p>again</p>');
      await destination.remove('first');
      expect(await destination.report(made)).toBeNull();
    });

    it('may be told everything twice, by two writers at once', async () => {
      const { destination, again, edition, read, strays } = await open();
      const { edition: made, files } = await edition('first');
      const writers = [destination, again(), again()];
      await Promise.all(writers.map(async (writer) => await writer.stage(made, files)));
      await Promise.all(writers.map(async (writer) => await writer.show(made)));
      expect(await read()).toEqual(seen('first'));
      expect(await strays()).toEqual([]);
    });

    it('lets each reader see one whole edition while editions follow one another', async () => {
      const { destination, edition, read } = await open();
      const ids = Array.from({ length: 12 }, (_, index) => `edition-${index + 10}`);
      const made = await Promise.all(ids.map(async (id) => await edition(id)));
      for (const { edition: each, files } of made) await destination.stage(each, files);
      await destination.show((made[0] as (typeof made)[number]).edition);
      const over = new AbortController();
      const readers = Array.from({ length: 3 }, async () => {
        const sessions: (readonly string[])[] = [];
        while (!over.signal.aborted) sessions.push(await read());
        return sessions;
      });
      for (const { edition: each } of made) await destination.show(each);
      over.abort();
      const sessions = (await Promise.all(readers)).flat();
      expect(sessions.length).toBeGreaterThan(10);
      expect(sessions.filter((session) => new Set(session).size !== 1)).toEqual([]);
      // Never an older one after a newer one, in what one reader sees.
      for (const own of await Promise.all(readers))
        expect(own.map(([id]) => id)).toEqual(own.map(([id]) => id).toSorted());
      expect(await read()).toEqual(seen(ids.at(-1) as string));
    });

    it('leaves a reader who keeps the old edition open alone', async () => {
      const { destination, edition, keepReading } = await open();
      const [first, second] = [await edition('first'), await edition('second')];
      for (const { edition: made, files } of [first, second]) await destination.stage(made, files);
      await destination.show(first.edition);
      const reader = await keepReading();
      try {
        await destination.show(second.edition);
        expect(await reader.read()).toEqual(seen('first'));
      } finally {
        reader.close();
      }
    });

    it('repairs what was damaged, and forgets what is taken away', async () => {
      const { destination, edition, read, damage, strays } = await open();
      const [first, second] = [await edition('first'), await edition('second')];
      for (const { edition: made, files } of [first, second]) await destination.stage(made, files);
      await destination.show(second.edition);
      await damage();
      await destination.show(second.edition);
      expect(await read()).toEqual(seen('second'));
      await destination.remove('first');
      await destination.remove('first');
      expect(await destination.editions()).toEqual(['second']);
      expect(await read()).toEqual(seen('second'));
      expect(await strays()).toEqual([]);
    });

    it('takes away what writers that died left, and only that', async () => {
      const { destination, edition, read, abandon, strays } = await open();
      const { edition: made, files } = await edition('first');
      await destination.stage(made, files);
      await destination.show(made);
      await abandon();
      const left = await strays();
      expect(left.length).toBeGreaterThan(0);
      // It may be in the making still.
      await destination.removeTemporary(Date.now() - 60_000);
      expect(await strays()).toEqual(left);
      await destination.removeTemporary(Date.now() + 60_000);
      expect(await read()).toEqual(seen('first'));
      expect(await strays()).toEqual([]);
    });
  });
}

/** The release log, over a store in a folder. */
import { releases } from '../../../src/adapters/releases';
import { filesStore } from '../../../src/adapters/stores/files';
import type { Edition } from '../../../src/domain/edition';
import { removeTemporaryFolders, temporaryFolder } from '../../dev/temporary';

afterAll(removeTemporaryFolders);

const open = async () => ({ store: await filesStore(temporaryFolder()) });

describe('the release log', () => {
  const edition = (id: string, asOf: string) => ({ id, window: { from: asOf, to: asOf, asOf } }) as Edition;
  const options = { by: 'test', now: '2026-11-25T00:00:00Z' };

  it('gives each number to one of many, and the newest as_of stays live', async () => {
    const { store } = await open();
    const days = ['2026-11-20', '2026-11-25', '2026-11-22', '2026-11-24', '2026-11-21'];
    await Promise.all(days.map(async (day) => await releases(store, 'p').release(edition(day, day), options)));
    const log = await releases(store, 'p').all();
    expect(log.map(({ number }) => number)).toEqual(log.map((_, index) => index + 1));
    expect((await releases(store, 'p').live())?.edition).toBe('2026-11-25');
    expect(log.map(({ asOf }) => asOf)).toEqual(log.map(({ asOf }) => asOf).toSorted());
  });

  it('keeps an older edition, resolves a lost answer by reading, and rolls back on purpose', async () => {
    const { store } = await open();
    const log = releases(store, 'p');
    const [old, first, second] = [
      edition('old', '2026-11-01'),
      edition('first', '2026-11-24'),
      edition('second', '2026-11-25'),
    ];
    await log.release(first, options);
    expect(await log.release(old, options)).toMatchObject({ released: false, live: { edition: 'first' } });
    await log.release(second, options);
    expect(await log.release(first, options)).toMatchObject({ released: true, live: { edition: 'second' } });
    expect(await log.all()).toHaveLength(2);
    await log.release(first, { ...options, rollback: { why: 'wrong prices' } });
    expect(await log.live()).toMatchObject({
      edition: 'first',
      reason: 'rollback',
      why: 'wrong prices',
      previous: 'second',
      number: 3,
    });
  });

  it('keeps an edition that was planned earlier than the live one of the same day, however late it publishes', async () => {
    const log = releases((await open()).store, 'p');
    const known = (id: string, hour: number, day = '2026-11-25'): Edition => ({
      ...edition(id, day),
      knownAt: `2026-11-25T0${hour}:00:00.000Z`,
    });
    await log.release(known('live', 4), options);
    const late = { ...options, now: '2026-11-25T09:00:00Z' };
    expect(await log.release(known('earlier', 3), late)).toMatchObject({ released: false, live: { edition: 'live' } });
    expect(await log.all()).toHaveLength(1);
    expect(await log.release(known('as-early', 4), late)).toMatchObject({ released: true, previous: 'live' });
    expect(await log.release(known('next-day', 1, '2026-11-26'), late)).toMatchObject({
      released: true,
      live: { edition: 'next-day', number: 3 },
      previous: 'as-early',
    });
  });
});

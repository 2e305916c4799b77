import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ledger } from '../../../src/adapters/ledger';
import { releases } from '../../../src/adapters/releases';
import { filesStore } from '../../../src/adapters/stores/files';
import type { Edition } from '../../../src/domain/edition';
import type { Receipt } from '../../../src/domain/receipt';
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

describe('the ledger', () => {
  async function receiptOf(store: Awaited<ReturnType<typeof open>>['store'], attempt: number): Promise<Receipt> {
    const scratch = await store.scratch(`attempt-${attempt}`);
    await writeFile(join(scratch, 'part'), `rows of attempt ${attempt}`);
    const data = await store.seal(join(scratch, 'part'), `parts/f.${attempt}.parquet`);
    return {
      name: 'orders',
      fingerprint: 'f00d',
      data,
      rows: 1,
      schema: [],
      keyChecksum: null,
      attempt,
      seconds: 0,
      madeAt: '',
      runId: '',
    };
  }

  it('keeps the first receipt, and takes the data of a late attempt away', async () => {
    const { store } = await open();
    const book = ledger(store);
    const [first, second] = [await receiptOf(store, 1), await receiptOf(store, 2)];
    expect((await book.commit(first)).won).toBe(true);
    expect(await book.commit(second)).toEqual({ won: false, receipt: first });
    expect((await store.listData()).map(({ uri }) => uri)).toEqual([first.data.uri]);
  });

  it('takes a receipt out whose data are damaged, so that they are made again', async () => {
    const { store, root } = await open();
    const receipt = await receiptOf(store, 1);
    await ledger(store).commit(receipt);
    await writeFile(store.path(receipt.data), 'something else!!!!!');
    const fresh = ledger((await open(root)).store);
    expect(await fresh.findIntact('f00d')).toBeUndefined();
    expect(await fresh.find('f00d')).toBeUndefined();
  });
});

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
});

/** The ledger, over a store in a folder. */
import { rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ledger } from '../../../src/adapters/ledger';
import type { Store } from '../../../src/adapters/store';
import { filesStore } from '../../../src/adapters/stores/files';
import type { Receipt } from '../../../src/domain/receipt';
import { removeTemporaryFolders, temporaryFolder } from '../../dev/temporary';

afterAll(removeTemporaryFolders);

/** A finished part of an attempt: a data file and one of quarantined records. */
async function receiptOf(store: Store, attempt: number, fingerprint = 'f00d'): Promise<Receipt> {
  const scratch = await store.scratch(`attempt-${attempt}`);
  const sealed = async (name: string) => {
    await writeFile(join(scratch, name), `${name} of attempt ${attempt}`);
    return await store.seal(join(scratch, name), `parts/${fingerprint}.${attempt}.${name}.parquet`);
  };
  return {
    name: 'orders',
    fingerprint,
    data: await sealed('rows'),
    rows: 1,
    schema: [],
    keyChecksum: null,
    attempt,
    seconds: 0,
    madeAt: '',
    runId: '',
    quarantined: 1,
    quarantine: await sealed('quarantine'),
  };
}

const open = async () => await filesStore(temporaryFolder());
const dataIn = async (store: Store) => (await store.listData()).map(({ uri }) => uri).toSorted();
const dataOf = ({ data, quarantine }: Receipt) => [data.uri, quarantine?.uri].toSorted();

test('keeps the first receipt, and takes the data of a late attempt away', async () => {
  const store = await open();
  const book = ledger(store);
  const [first, second] = [await receiptOf(store, 1), await receiptOf(store, 2)];
  expect((await book.commit(first)).won).toBe(true);
  expect(await book.commit(second)).toEqual({ won: false, receipt: first });
  expect(await dataIn(store)).toEqual(dataOf(first));
});

test('finds many, in order, with gaps where there is none', async () => {
  const store = await open();
  const book = ledger(store);
  const receipts = [await receiptOf(store, 1, 'aa01'), await receiptOf(store, 2, 'bb02')];
  for (const receipt of receipts) await book.commit(receipt);
  expect(await book.findAll(['bb02', 'cc03', 'aa01'])).toEqual([receipts[1], undefined, receipts[0]]);
  expect(await book.all()).toEqual(receipts);
});

describe('takes a receipt out whose data', () => {
  const spoil: [string, (path: string) => Promise<void>][] = [
    ['are gone', async (path) => await rm(path)],
    ['are cut off', async (path) => await truncate(path, 3)],
  ];
  test.each(spoil)('%s, though it had found them intact', async (_, damage) => {
    const store = await open();
    const book = ledger(store);
    const receipt = await receiptOf(store, 1);
    await book.commit(receipt);
    expect(await book.findIntact('f00d')).toEqual(receipt);
    await damage(store.path(receipt.data));
    expect(await book.findIntact('f00d')).toBeUndefined();
    expect(await book.find('f00d')).toBeUndefined();
    // It is made again, and found.
    const again = await receiptOf(store, 2);
    expect((await book.commit(again)).won).toBe(true);
    expect(await book.findIntact('f00d')).toEqual(again);
  });

  test('are of the same length, but others than it tells', async () => {
    const root = temporaryFolder();
    const store = await filesStore(root);
    const receipt = await receiptOf(store, 1);
    await ledger(store).commit(receipt);
    await writeFile(store.path(receipt.data), 'rows of attempt 9');
    const fresh = ledger(await filesStore(root));
    expect(await fresh.findIntact('f00d')).toBeUndefined();
    expect(await fresh.find('f00d')).toBeUndefined();
  });
});

describe('a commit that fails on a full disk', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  /** A store whose writes of documents fail, before or after they were made. */
  const failing = (store: Store, made: boolean): Store => ({
    ...store,
    async putIfAbsent(key, value) {
      if (made) await store.putIfAbsent(key, value);
      throw full;
    },
  });

  test('takes its data along, which nobody would know of', async () => {
    const store = await open();
    const other = await receiptOf(store, 1, 'beef');
    await ledger(store).commit(other);
    const receipt = await receiptOf(store, 1);
    await expect(ledger(failing(store, false)).commit(receipt)).rejects.toBe(full);
    expect(await dataIn(store)).toEqual(dataOf(other));
  });

  test('after another one had won takes its own data only', async () => {
    const store = await open();
    const [first, second] = [await receiptOf(store, 1), await receiptOf(store, 2)];
    await ledger(store).commit(first);
    await expect(ledger(failing(store, false)).commit(second)).rejects.toBe(full);
    expect(await dataIn(store)).toEqual(dataOf(first));
  });

  test('after it was made leaves its data, and the next attempt finds them', async () => {
    const store = await open();
    const receipt = await receiptOf(store, 1);
    await expect(ledger(failing(store, true)).commit(receipt)).rejects.toBe(full);
    expect(await ledger(store).findIntact('f00d')).toEqual(receipt);
    expect(await dataIn(store)).toEqual(dataOf(receipt));
  });

  test('leaves its data when nobody can say whether it was made', async () => {
    const store = await open();
    const receipt = await receiptOf(store, 1);
    const broken: Store = {
      ...failing(store, true),
      get: async () => {
        throw new Error('EIO');
      },
    };
    await expect(ledger(broken).commit(receipt)).rejects.toBe(full);
    expect(await dataIn(store)).toEqual(dataOf(receipt));
  });
});

/** The ledger: receipts by fingerprint, in a store. The first commit wins, and what won is true. */
import { filesOf, type Receipt } from '../domain/receipt';
import type { Store } from './store';

const key = (fingerprint: string) => `ledger/${fingerprint.slice(0, 2)}/${fingerprint}`;

export interface Ledger {
  find(fingerprint: string): Promise<Receipt | undefined>;
  /** Many of them, in the fingerprints' order. */
  findAll(fingerprints: readonly string[]): Promise<(Receipt | undefined)[]>;
  /** Finds a receipt whose data are as it tells; a damaged one is taken out, so that it is made again. */
  findIntact(fingerprint: string): Promise<Receipt | undefined>;
  /** Commits; the data of a loser are removed. Gives the receipt that is true. */
  commit(receipt: Receipt): Promise<{ readonly won: boolean; readonly receipt: Receipt }>;
  all(): Promise<Receipt[]>;
  remove(fingerprint: string): Promise<void>;
}

export function ledger(store: Store): Ledger {
  /** Data that this process wrote or checked; immutable, so once is enough. */
  const intact = new Set<string>();
  const find = async (fingerprint: string) => await store.get<Receipt>(key(fingerprint));
  return {
    find,
    findAll: async (fingerprints) => await store.getAll<Receipt>(fingerprints.map(key)),
    async findIntact(fingerprint) {
      const receipt = await find(fingerprint);
      if (receipt === undefined) return undefined;
      for (const file of filesOf(receipt)) {
        if (intact.has(file.uri) ? await store.holds(file) : await store.verify(file)) {
          intact.add(file.uri);
          continue;
        }
        intact.delete(file.uri);
        await store.remove(key(fingerprint));
        return undefined;
      }
      return receipt;
    },
    async commit(receipt) {
      const takeAway = async () => {
        for (const { uri } of filesOf(receipt)) await store.removeData(uri);
      };
      const { won, value } = await store
        .putIfAbsent(key(receipt.fingerprint), receipt)
        .catch(async (error: unknown) => {
          // On a full disk nobody's data would fill it further; unless the commit was made before it failed.
          const held = await find(receipt.fingerprint).catch(() => receipt);
          if (held?.data.uri !== receipt.data.uri) await takeAway();
          throw error;
        });
      if (!won && value.data.uri !== receipt.data.uri) await takeAway();
      if (won) for (const { uri } of filesOf(receipt)) intact.add(uri);
      return { won, receipt: value };
    },
    async all() {
      const receipts = await store.getAll<Receipt>(await store.list('ledger'));
      return receipts.filter((receipt) => receipt !== undefined);
    },
    remove: async (fingerprint) => await store.remove(key(fingerprint)),
  };
}

/** The ledger: receipts by fingerprint, in a store. The first commit wins, and what won is true. */
import type { Receipt } from '../domain/receipt';
import type { Store } from './store';

const key = (fingerprint: string) => `ledger/${fingerprint.slice(0, 2)}/${fingerprint}`;

export interface Ledger {
  find(fingerprint: string): Promise<Receipt | undefined>;
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
    async findIntact(fingerprint) {
      const receipt = await find(fingerprint);
      if (receipt === undefined || intact.has(receipt.data.uri)) return receipt;
      if (await store.verify(receipt.data)) {
        intact.add(receipt.data.uri);
        return receipt;
      }
      await store.remove(key(fingerprint));
      return undefined;
    },
    async commit(receipt) {
      const { won, value } = await store.putIfAbsent(key(receipt.fingerprint), receipt);
      if (!won && value.data.uri !== receipt.data.uri) {
        await store.removeData(receipt.data.uri);
        if (receipt.quarantine !== undefined) await store.removeData(receipt.quarantine.uri);
      }
      if (won) intact.add(receipt.data.uri);
      return { won, receipt: value };
    },
    async all() {
      const receipts = await Promise.all(
        (await store.list('ledger')).map(async (name) => await store.get<Receipt>(name)),
      );
      return receipts.filter((receipt) => receipt !== undefined);
    },
    remove: async (fingerprint) => await store.remove(key(fingerprint)),
  };
}

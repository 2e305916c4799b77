/** The ledger: receipts by fingerprint, in a store. The first commit wins, and what won is true. */
import { createHash } from 'node:crypto';
import type { PlannedSource, PlannedStretch } from '../domain/plan';
import { filesOf, type KeyBound, ofTable, type Receipt } from '../domain/receipt';
import type { Store } from './store';

const key = (fingerprint: string) => `ledger/${fingerprint.slice(0, 2)}/${fingerprint}`;

type Stretch = Pick<PlannedStretch, 'from' | 'to' | 'fingerprint'>;

/** Ledger key of the chunk of a stretch that begins after a key. */
export const chunkKey = (stretch: string, from: KeyBound): string =>
  createHash('sha256')
    .update(JSON.stringify([stretch, from]))
    .digest('hex');

export interface Ledger {
  chunkKey(stretch: string, from: KeyBound): string;
  find(fingerprint: string): Promise<Receipt | undefined>;
  /** Many of them, in the fingerprints' order. */
  findAll(fingerprints: readonly string[]): Promise<(Receipt | undefined)[]>;
  /** Finds a receipt whose data are as it tells; a damaged one is taken out, so that it is made again. */
  findIntact(fingerprint: string): Promise<Receipt | undefined>;
  /** Commits; the data of a loser are removed. Gives the receipt that is true. */
  commit(receipt: Receipt): Promise<{ readonly won: boolean; readonly receipt: Receipt }>;
  /** Receipts of a stretch, each going on where the one before it ended; not `whole` where one is not there yet. */
  chunks(stretch: Stretch): Promise<{ readonly receipts: readonly Receipt[]; readonly whole: boolean }>;
  /** What there is of what a run reads of a source, and how many parts or stretches are not there or not whole. */
  ofSource(
    sources: readonly PlannedSource[],
    source: PlannedSource,
  ): Promise<{ readonly receipts: readonly Receipt[]; readonly missing: number }>;
  all(): Promise<Receipt[]>;
  remove(fingerprint: string): Promise<void>;
}

export function ledger(store: Store): Ledger {
  /** Data that this process wrote or checked; immutable, so once is enough. */
  const intact = new Set<string>();
  const find = async (fingerprint: string) => await store.get<Receipt>(key(fingerprint));
  const findAll = async (fingerprints: readonly string[]) => await store.getAll<Receipt>(fingerprints.map(key));
  const chunks = async (stretch: Stretch): Promise<{ receipts: Receipt[]; whole: boolean }> => {
    const receipts: Receipt[] = [];
    let { from } = stretch;
    for (;;) {
      const receipt = await find(chunkKey(stretch.fingerprint, from));
      if (receipt?.chunk === undefined) return { receipts, whole: false };
      receipts.push(receipt);
      from = receipt.chunk.to;
      if (JSON.stringify(from) === JSON.stringify(stretch.to)) return { receipts, whole: true };
    }
  };
  return {
    chunkKey,
    find,
    findAll,
    chunks,
    async ofSource(sources, source) {
      if (source.table === undefined) {
        const found = await findAll(source.parts.map((part) => part.fingerprint));
        const receipts = found.filter((receipt) => receipt !== undefined);
        return { receipts, missing: found.length - receipts.length };
      }
      const parent = sources.find(({ name }) => name === source.table?.parent);
      const found = await Promise.all((parent?.table?.stretches ?? []).map(chunks));
      const receipts = found.flatMap((stretch) => stretch.receipts);
      return { receipts: ofTable(receipts, source.name), missing: found.filter(({ whole }) => !whole).length };
    },
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

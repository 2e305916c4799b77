/** Was every record read exactly once? Counted from the ledger's offsets and checksums, not from what attempts claim. */
import type { Receipt } from './receipt';

export interface Accounting {
  readonly accepted: number;
  readonly quarantined: number;
  readonly read: number;
  readonly lost: number;
  readonly duplicated: number;
}

/** Records between the parts of a file that no part has, and those that two have. */
function gapsAndOverlaps(receipts: readonly Receipt[]): { lost: number; duplicated: number } {
  let lost = 0;
  let duplicated = 0;
  const next = new Map<string, number>();
  const parts = receipts.flatMap(({ part }) => (part === undefined ? [] : [part]));
  for (const part of parts.toSorted((a, b) => a.firstRecord - b.firstRecord)) {
    const expected = next.get(part.file) ?? 1;
    lost += Math.max(0, part.firstRecord - expected);
    duplicated += Math.max(0, expected - part.firstRecord);
    next.set(part.file, Math.max(expected, part.firstRecord + part.records));
  }
  return { lost, duplicated };
}

/**
 * Accounts for a source: its receipts against the records that were planned, and against the table that is made of them.
 * `merged` is what a reader of the table sees: rows, and the sum of the hashes of their keys (`null` when it has no key).
 */
export function account(
  planned: number,
  receipts: readonly Receipt[],
  merged: { readonly rows: number; readonly checksum: string } | null,
): Accounting {
  const sum = (of: (receipt: Receipt) => number) => receipts.reduce((total, receipt) => total + of(receipt), 0);
  const accepted = sum((receipt) => receipt.rows);
  const quarantined = sum((receipt) => receipt.quarantined ?? 0);
  const read = accepted + quarantined;
  const { lost, duplicated } = gapsAndOverlaps(receipts);
  const rows = merged?.rows ?? accepted;
  const checksum = receipts.reduce((total, receipt) => total + BigInt(receipt.keyChecksum ?? 0), 0n).toString();
  // Equally many rows with other keys: at least one went and another came twice.
  const swapped = merged !== null && rows === accepted && checksum !== merged.checksum ? 1 : 0;
  return {
    accepted,
    quarantined,
    read,
    lost: Math.max(lost, planned - read, 0) + Math.max(0, accepted - rows) + swapped,
    duplicated: Math.max(duplicated, read - planned, 0) + Math.max(0, rows - accepted) + swapped,
  };
}

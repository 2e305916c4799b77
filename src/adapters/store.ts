/** The seam to where a run's facts are kept: documents that are written once, and immutable data files. */
import type { DataFile } from '../domain/receipt';

export interface Store {
  /** Tells stores apart; runs stay with the workers of theirs. */
  readonly id: string;
  /** Writes a document unless its key has one: the first commit wins. Gives what the key holds from now on. */
  putIfAbsent<T>(key: string, value: T): Promise<{ readonly won: boolean; readonly value: T }>;
  get<T>(key: string): Promise<T | undefined>;
  /** Many documents, in the keys' order. */
  getAll<T>(keys: readonly string[]): Promise<(T | undefined)[]>;
  /** Keys under a prefix (a folder), sorted. */
  list(prefix: string): Promise<string[]>;
  /** Takes a document away; its absence is no error. */
  remove(key: string): Promise<void>;
  /** A folder for work in progress; made when missing. Its name may not leave the store. */
  scratch(name: string): Promise<string>;
  removeScratch(name: string): Promise<void>;
  /** Takes one scratch file away, given by its absolute path; its absence is no error. */
  removeFile(path: string): Promise<void>;
  listScratch(): Promise<string[]>;
  /**
   * Makes a finished scratch file an immutable data file under the attempt's own name: checksummed, fsynced, moved.
   * It becomes true when its receipt is put into the ledger.
   */
  seal(path: string, name: string): Promise<DataFile>;
  /** Absolute path of a data file. */
  path(file: DataFile): string;
  /** Whether a data file is there with the size that its receipt tells. */
  holds(file: DataFile): Promise<boolean>;
  /** Whether a data file is there with the bytes that its receipt tells. */
  verify(file: DataFile): Promise<boolean>;
  /** Gives a data file a second name in a scratch folder, where fenced SQL may read it. Fails as `Damaged` when it is gone. */
  link(file: DataFile, folder: string): Promise<string>;
  listData(): Promise<{ readonly uri: string; readonly modifiedMs: number }[]>;
  removeData(uri: string): Promise<void>;
  /** Takes away what writers that died left of documents before a time. */
  removeTemporary(beforeMs: number): Promise<void>;
}

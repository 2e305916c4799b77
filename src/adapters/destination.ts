/** The seam to where readers find the live edition. */
import type { Edition } from '../domain/edition';
import type { TableResult } from '../domain/run';

export interface Destination {
  /** Puts an edition's files where readers will find them, without showing them yet. Repeating it is harmless. */
  stage(edition: Edition, files: ReadonlyMap<string, string>): Promise<void>;
  /** Makes what readers see the given edition; derived from the release log, so it can be repeated and repaired. */
  show(edition: Edition): Promise<void>;
  /** Which edition readers see now. */
  shown(): Promise<string | null>;
  /** Whether all files of an edition are there with their sizes. */
  holds(edition: Edition): Promise<boolean>;
  tables(edition: Edition): readonly TableResult[];
  /** Absolute path of a table's file. */
  file(edition: Edition, table: string): string;
  /**
   * Puts an edition's report beside its tables, whole or not at all, in place of the one before. It is made of the
   * edition and can be made again: `holds` does not ask for it. Gives its place.
   */
  putReport(edition: Edition, html: string): Promise<string>;
  /** Where the report of an edition is; `null` when it is missing. */
  report(edition: Edition): Promise<string | null>;
  /** Editions whose files are there. */
  editions(): Promise<string[]>;
  remove(edition: string): Promise<void>;
  /** Takes away what writers that died left before a time. */
  removeTemporary(beforeMs: number): Promise<void>;
}

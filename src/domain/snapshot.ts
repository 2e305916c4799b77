/** Snapshots: a source as it is known at a cut, made of a base and of what changed since. No zod here. */
import type { Layer, PlannedStretch } from './plan';

/** A table and its children as a gate accepted them. Immutable. */
export interface Snapshot {
  /** The parent's name. */
  readonly source: string;
  /** What was declared, and which tables these are; only the same is gone on from. */
  readonly declared: string;
  /** Where the next reading begins: text of a time of the database; `null` where nothing tells changes. */
  readonly cut: string | null;
  /** Oldest first. */
  readonly layers: readonly Layer[];
  readonly tables: readonly SnapshotTable[];
  /** Marks of checks that no row of it fails, so that only rows which come later are looked at; absent in older ones. */
  readonly proven?: readonly string[];
  /** When the run that made it was planned, ISO 8601. */
  readonly plannedAt: string;
  readonly runId: string;
}

export interface SnapshotTable {
  readonly name: string;
  /** Rows after merging. */
  readonly rows: number;
  /** Rows that were quarantined in any of its layers: the database has them, the snapshot has not. */
  readonly quarantined: number;
  readonly fingerprint: string;
}

/** A first load that may take several nights: what is read of it stays read. */
export interface Load {
  /** The run that began it. */
  readonly id: string;
  /** The cut of its first night: whatever changed since is read besides. */
  readonly cut: string | null;
  readonly stretches: readonly PlannedStretch[];
  /** ISO 8601. */
  readonly startedAt: string;
}

/** What `init` finds out about people's files, until it is written down as a declaration. */
import type { Session } from '../adapters/engines/duckdb/client';
import type { Check, CsvSourceDefinition, FileSourceDefinition } from '../domain/definition';

/** A column as it is declared, and what becomes of it. */
export interface ColumnDraft {
  /** As the file has it. */
  readonly name: string;
  /** Type that is declared. */
  readonly declared: string;
  /** How the mapping turns the declared text into another type, where it does. */
  readonly conversion?: Conversion;
  /** Why this type, where another one was possible: for the person to confirm. */
  readonly guess?: string;
  /** Values, about, that are none of the type: their records are set aside. */
  readonly odd?: number;
}

export interface Conversion {
  readonly type: string;
  /** Over the declared columns; gives NULL where there is no value. */
  readonly expression: string;
  /** True where the expression gives what is meant. */
  readonly accept: string;
  /** What a value is where that is not true: `is no day.month.year`. */
  readonly reason: string;
  /** What amounts are in, where a sign says it. */
  readonly currency?: string;
}

/** How a source's files are written, beside their columns: what the declaration says about it. */
export type Settings = Partial<
  Pick<
    CsvSourceDefinition,
    'delimiter' | 'quote' | 'escape' | 'header' | 'encoding' | 'compression' | 'max_quarantined'
  >
>;

/** What one look at a file's beginning gives; files with the same signature are one table. */
export interface Shape {
  readonly type: FileSourceDefinition['type'];
  readonly columns: readonly string[];
  readonly settings: Settings;
  /** Guesses about the settings, by setting. */
  readonly guesses: Readonly<Record<string, string>>;
}

export interface FileGroup extends Shape {
  /** Name of the source. */
  readonly name: string;
  /** Absolute paths, in order. */
  readonly files: readonly string[];
  /** The file, or a glob that finds these files and no others; absolute. */
  readonly pattern: string;
}

export interface SourceDraft extends FileGroup {
  readonly columns: readonly string[];
  readonly drafts: readonly ColumnDraft[];
}

/** Where profiling works: a fenced session, and a folder of its own that the session may write. */
export interface Bench {
  readonly session: Session;
  readonly scratch: string;
}

/** One kind of file. */
export interface Profiler {
  /** Whether a file of this name and these first bytes is of this kind. */
  matches(name: string, head: Buffer): boolean;
  /** Looks at the file's beginning. Fails as `BadRequest` with what to do about the file. */
  look(file: string, bench: Bench): Promise<Shape>;
  /** Finds the columns' types, from every record of all files. */
  columns(group: FileGroup, bench: Bench): Promise<SourceDraft>;
}

/** The type of a column in the source's table. */
export const tableType = ({ declared, conversion }: ColumnDraft): string => conversion?.type ?? declared;

type Written<C> = C extends Check
  ? Omit<C, 'severity' | 'max_share' | 'on'> & { severity?: 'warn'; max_share?: number }
  : never;
export interface CheckDraft {
  readonly check: Written<Check>;
  /** For people to confirm. */
  readonly guess?: string;
  /** It does not hold for rows that the guess tells of. */
  readonly fails?: true;
}

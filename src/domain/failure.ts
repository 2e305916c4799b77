/**
 * What can go wrong, decided once: the class of a failure says whether waiting helps, and the message says
 * what happened, where, what was expected and what to do next.
 */

/** How a failure is handled. `terminal` kinds never succeed by trying again; `exhausted` ones get few attempts. */
export const FAILURE_KINDS = {
  /** The request for a run makes no sense. */
  BadRequest: 'terminal',
  /** The pipeline's files make no sense. */
  BadDefinition: 'terminal',
  /** A declared file is not there. */
  MissingFile: 'terminal',
  /** A file is not what it is declared to be: other columns, other format, damaged compression. */
  NotAsDeclared: 'terminal',
  /** A source's file changed while the run was reading it. */
  SourceChanged: 'terminal',
  /** A table of a database is not as it is declared: a person says which of them is right. */
  SchemaDrifted: 'terminal',
  /** A database lets nobody in under this name, or not at this table. */
  Credentials: 'terminal',
  /** A source asks for less: fewer connections, or smaller questions. */
  Throttled: 'transient',
  /** Nobody knows the name of a host: a mistake in writing it, or a hiccup of who is asked for names. */
  UnknownHost: 'exhausted',
  /** A model's SQL fails on these data. */
  ModelFailed: 'terminal',
  /** A query ran longer than it may. */
  DeadlineExceeded: 'terminal',
  /** Memory was not enough, also with fewer threads. */
  OutOfMemory: 'exhausted',
  /** No room on the device. */
  DiskFull: 'exhausted',
  /** The store can not be written at all. */
  StoreReadOnly: 'terminal',
  /** Committed data no longer match their receipt. */
  Damaged: 'exhausted',
  /** The engine's process died. */
  EngineCrashed: 'crashed',
  /** A channel does not take a message, and never will. */
  MessageRefused: 'terminal',
  /** A network or a disk hiccup: waiting helps. */
  Transient: 'transient',
  /** A gate stopped the run. */
  Blocked: 'terminal',
  /** A mistake of our own. */
  Bug: 'terminal',
} as const;

export type FailureKind = keyof typeof FAILURE_KINDS;

/** Attempts that a handling is worth; `transient` is bounded by time, not by attempts. */
export const ATTEMPTS: Record<(typeof FAILURE_KINDS)[FailureKind], number> = {
  terminal: 1,
  exhausted: 3,
  crashed: 5,
  transient: Number.POSITIVE_INFINITY,
};

export interface FailureText {
  /** What happened, one sentence without a full stop. */
  readonly what: string;
  /** Where: `file:line:column`, a source, a model. */
  readonly where?: string;
  /** What was expected instead. */
  readonly expected?: string;
  /** The one thing to do next. */
  readonly next?: string;
}

/** Lays the four parts of a message out; every error that people read is made here. */
export function failureMessage(text: FailureText): string {
  const head = text.where === undefined ? text.what : `${text.where}: ${text.what}`;
  const expected = text.expected === undefined ? '' : `; expected ${text.expected}`;
  const next = text.next === undefined ? '' : `\nnext: ${text.next}`;
  return `${head}${expected}${next}`;
}

/** Of a message that was laid out so, what happened. */
export const firstLine = (message: string): string => message.split('\n')[0] ?? '';

/** Of a message that was laid out so, what is to be done; `undefined` where it says nothing. */
export const nextOf = (message: string): string | undefined => /\nnext: (.*)$/m.exec(message)?.[1];

/** The one error class of the product. */
export class DaybreakError extends Error {
  override readonly name = 'DaybreakError';
  readonly kind: FailureKind;
  readonly text: FailureText;
  /** The mistakes of a definition, one by one. */
  readonly problems: readonly Problem[];
  /** What who asks for less asks to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: FailureKind,
    text: FailureText,
    options?: { cause?: unknown; problems?: readonly Problem[]; retryAfterMs?: number },
  ) {
    super(failureMessage(text), options);
    this.kind = kind;
    this.text = text;
    this.problems = options?.problems ?? [];
    this.retryAfterMs = options?.retryAfterMs;
  }
}

/** One mistake in a definition or a request, with its place. */
export interface Problem {
  readonly file: string;
  /** 1-based; absent when the mistake is the file itself. */
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
}

/** `pipeline.yaml:6:12 sources.orders.type: expected csv or parquet, got "cvs"` */
export function formatProblem(problem: Problem): string {
  const place = [problem.file, problem.line, problem.line === undefined ? undefined : problem.column]
    .filter((piece) => piece !== undefined)
    .join(':');
  return `${place} ${problem.message}`;
}

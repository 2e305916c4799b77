/** The one place where errors get their class, and where the class decides whether Temporal tries again. */
import { CancelledFailure, Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { ATTEMPTS, DaybreakError, FAILURE_KINDS, type FailureKind } from '../domain/failure';

const BY_CODE: Record<string, FailureKind> = {
  ENOSPC: 'DiskFull',
  EDQUOT: 'DiskFull',
  EROFS: 'StoreReadOnly',
  EACCES: 'StoreReadOnly',
  EPERM: 'StoreReadOnly',
};
/** Libraries that pass the system's words on, but not its codes. */
const BY_TEXT: readonly (readonly [RegExp, FailureKind])[] = [
  [/no space left on device|disk quota exceeded/i, 'DiskFull'],
  [/read-only file system/i, 'StoreReadOnly'],
];
const NEXT: Partial<Record<FailureKind, string>> = {
  DiskFull: 'make room on the device; what is finished stays finished, and the next attempt goes on from there',
  StoreReadOnly: 'give the worker write access to DAYBREAK_HOME and to the destination',
};
/** Programming mistakes look like these; everything else that is unknown may pass. */
const isMistake = (error: unknown) =>
  error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;

/** The class of any error. Codes are looked at, not prototypes: those differ between realms. */
export function classify(error: unknown): DaybreakError {
  if (error instanceof DaybreakError) {
    const next = NEXT[error.kind];
    if (error.text.next !== undefined || next === undefined) return error;
    return new DaybreakError(error.kind, { ...error.text, next }, { cause: error });
  }
  const { code, path } = (error ?? {}) as NodeJS.ErrnoException;
  const message = error instanceof Error ? error.message : String((error as Error | undefined)?.message ?? error);
  const said = BY_TEXT.find(([pattern]) => pattern.test(message))?.[1];
  const kind = BY_CODE[code ?? ''] ?? said ?? (isMistake(error) ? 'Bug' : 'Transient');
  const next = NEXT[kind];
  return new DaybreakError(
    kind,
    { what: message, ...(path === undefined ? {} : { where: path }), ...(next === undefined ? {} : { next }) },
    { cause: error },
  );
}

/** An error as Temporal should see it: terminal kinds are not tried again, others as often as is worth it. */
export function toApplicationFailure(error: unknown, attempt: number): ApplicationFailure {
  const known = classify(error);
  return ApplicationFailure.create({
    type: known.kind,
    message: known.message,
    nonRetryable: attempt >= ATTEMPTS[FAILURE_KINDS[known.kind]],
    details: [known.text, ...(known.retryAfterMs === undefined ? [] : [{ retryAfterMs: known.retryAfterMs }])],
    ...(known.retryAfterMs === undefined ? {} : { nextRetryDelay: known.retryAfterMs }),
    cause: known,
  });
}

/** Wraps an activity so that whatever it throws leaves it classified; a cancellation stays one. */
export function classified<A extends unknown[], R>(activity: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return async (...args) => {
    const context = Context.current();
    try {
      return await activity(...args);
    } catch (error) {
      if (context.cancellationSignal.aborted) throw new CancelledFailure('the step was stopped');
      throw toApplicationFailure(error, context.info.attempt);
    }
  };
}

/** What a look at one thing found. */
import { DaybreakError } from '../domain/failure';

export interface Finding {
  /** What was looked at: `node`, `store`, `temporal server`. */
  readonly check: string;
  /** `warn`: it works, or will, but somebody may wonder. */
  readonly state: 'good' | 'warn' | 'bad';
  readonly says: string;
  /** How to mend it. */
  readonly next?: string;
}

export const good = (check: string, says: string): Finding => ({ check, state: 'good', says });
export const warn = (check: string, says: string, next: string): Finding => ({ check, state: 'warn', says, next });
export const bad = (check: string, says: string, next: string): Finding => ({ check, state: 'bad', says, next });

/** The first line of whatever was thrown. */
export const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';

/** A failure of ours as a finding. */
export function failed(check: string, error: unknown): Finding {
  if (!(error instanceof DaybreakError)) return bad(check, messageOf(error), 'report this with the line above');
  const { what, where, next } = error.text;
  return bad(check, `${where === undefined ? '' : `${where}: `}${what}`, next ?? 'correct that and look again');
}

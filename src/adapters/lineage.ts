/** Where OpenLineage events go: a POST each to the declared URL, tried a few times. */
import { setTimeout as wait } from 'node:timers/promises';
import { DaybreakError } from '../domain/failure';
import type { LineageEvent } from '../domain/lineage';

const ATTEMPTS = 3;
const PAUSE_MS = 200;
const ANSWER_LIMIT_MS = 3_000;

export interface Lineage {
  /** Resolves when it is accepted. Fails as `Transient` after about ten seconds at most. */
  send(event: LineageEvent): Promise<void>;
  /** Where a declared connection leads to, without who asks: `postgres://host:5432`. */
  database(connection: string | undefined): { readonly namespace: string; readonly database: string };
}

/** Gives why an event was not accepted. */
async function post(url: string, body: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
    await response.body?.cancel();
    return response.ok ? undefined : `it answered ${response.status}`;
  } catch (error) {
    // `fetch failed` tells nothing; why is in the cause.
    const { message, cause } = error as Error & { readonly cause?: NodeJS.ErrnoException };
    return cause?.code ?? cause?.message ?? message;
  }
}

export const lineageAt = (url: string, database: Lineage['database']): Lineage => ({
  database,
  async send(event) {
    const body = JSON.stringify(event);
    let why: string | undefined;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      if (attempt > 1) await wait(PAUSE_MS * attempt);
      why = await post(url, body);
      if (why === undefined) return;
    }
    throw new DaybreakError('Transient', { what: `no event of lineage was accepted (${why})` });
  },
});

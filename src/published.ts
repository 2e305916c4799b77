/** What is published, read without Temporal: editions, rows of the live one, and moving the release back. No store is made. */
import type { QueryRows } from './adapters/engine';
import { releases, showLive } from './adapters/releases';
import { snapshots } from './adapters/snapshots';
import type { Config } from './config';
import type { Edition, Release } from './domain/edition';
import { DaybreakError } from './domain/failure';
import { DEFAULT_PIPELINE } from './domain/run';
import { type Backtested, backtestOf } from './published/backtest';
import { diffEditions, type EditionDiff } from './published/diff';
import { asked, destinationOf, findEdition, nextFor, nothing, publishedEdition } from './published/lookup';
import { type Quarantined, quarantinedOf } from './published/quarantine';
import { runQuery } from './published/query';
import { reportOf } from './published/report';
import { anotherStore, openStore, storeText } from './published/store';

export type { Backtested, Thresholds } from './published/backtest';
export type { EditionDiff, TableDiff } from './published/diff';
export type { Quarantined } from './published/quarantine';

const ANOTHER_EDITION = 'choose one that `daybreak editions` shows';
const DEFAULT_LIMIT = 1000;
const DEFAULT_EXAMPLES = 5;
const DEFAULT_QUARANTINED = 100;

export interface EditionSummary {
  readonly edition: Edition;
  /** `unfinished`: its files are not all there, as its run ended while it published. */
  readonly state: 'live' | 'superseded' | 'kept' | 'blocked' | 'unfinished';
  readonly releasedAt: string | null;
  /** Why somebody went back to it. */
  readonly why?: string;
}

/** Rows that failed a check, or records that were quarantined. */
export interface Evidence extends QueryRows {
  /** Of the check, and what it was about. */
  readonly name: string;
  readonly subject: string;
}

export interface Published {
  /** Which store this is: workers of another one see nothing of what is in it. Empty where there is none yet. */
  storeId(): Promise<string>;
  /** Newest first; candidates that a gate stopped are among them. */
  editions(pipeline?: string): Promise<EditionSummary[]>;
  /**
   * Makes an earlier edition live again: the given one, or the one that the live one replaced. With `reread`, a table of a
   * database is to blame: what was read of it since that edition is rejected, and the next run reads it again.
   */
  rollback(options: {
    pipeline?: string;
    edition?: string;
    why: string;
    reread?: string;
  }): Promise<{ live: string; previous: string }>;
  /** Rows of a SELECT over the tables of the live edition, at most `limit` (1,000). Exact values come as text. */
  query(
    sql: string,
    options?: { pipeline?: string; edition?: string; limit?: number; signal?: AbortSignal },
  ): Promise<QueryRows & { edition: string }>;
  /** The report of an edition, by default of the live one: one HTML file beside its tables. Made when it is missing. */
  report(options?: {
    pipeline?: string;
    edition?: string;
  }): Promise<{ readonly edition: string; readonly uri: string; readonly made: boolean }>;
  /** The sample of failing rows that a check kept. */
  evidence(key: string): Promise<Evidence>;
  /**
   * What is different between two editions, given by id or as `live` and `previous`, with at most `limit` (5) examples
   * of each kind. Candidates that a gate stopped may be compared too.
   */
  diff(
    before: string,
    after: string,
    options?: { pipeline?: string; table?: string; limit?: number; signal?: AbortSignal },
  ): Promise<EditionDiff>;
  /** Records that a run set aside, at most `limit` (100): of a workflow or run id, else of the newest plan of the pipeline. */
  quarantined(options?: {
    pipeline?: string;
    run?: string;
    source?: string;
    limit?: number;
    signal?: AbortSignal;
  }): Promise<Quarantined>;
  /**
   * Which of the recorded nights would have rung by what is declared, and by other thresholds: `set` has `deadline` and
   * `repair_time` as they stand in `pipeline.yaml`. Of the `last` nights, by default of all.
   */
  backtest(options?: { pipeline?: string; set?: Readonly<Record<string, string>>; last?: number }): Promise<Backtested>;
}

export function published(config: Pick<Config, 'home'>): Published {
  // Each time anew: a run may have made it meanwhile.
  const open = async () => await openStore(config.home);
  return {
    storeId: async () => (await open()).id,
    async editions(pipeline) {
      const { name } = await asked(pipeline);
      const store = await open();
      const log = releases(store, name);
      const live = await log.live();
      const released = new Map((await log.all()).map((release: Release) => [release.edition, release]));
      const candidates = await store.getAll<Edition>(await store.list(`candidates/${name}`));
      const summaries: EditionSummary[] = candidates
        .filter((edition) => edition !== undefined)
        .map((edition) => ({ edition, releasedAt: null, state: 'blocked' as const }));
      for (const edition of await log.editions()) {
        const { releasedAt = null, why } = released.get(edition.id) ?? {};
        const complete = await destinationOf(edition).holds(edition);
        const state =
          edition.id === live?.edition
            ? 'live'
            : !complete
              ? 'unfinished'
              : releasedAt === null
                ? 'kept'
                : 'superseded';
        summaries.push({ edition, releasedAt, state, ...(why === undefined ? {} : { why }) });
      }
      return summaries.toSorted((a, b) => (a.edition.knownAt < b.edition.knownAt ? 1 : -1));
    },
    async rollback({ pipeline, edition: wanted, why, reread }) {
      const of = await asked(pipeline);
      const { name } = of;
      const store = await open();
      const log = releases(store, name);
      const live = await log.live();
      if (live === null) throw nothing(of, store);
      if (wanted === undefined && live.reason === 'rollback') {
        throw new DaybreakError('BadRequest', {
          what: `${live.edition} is live by a rollback already, since ${live.releasedAt}`,
          expected: 'the edition to go back to, when the one before is not meant again',
          next: 'name one that `daybreak editions` shows',
        });
      }
      const target = wanted ?? live.previous;
      const edition = target === null ? undefined : await log.edition(target);
      if (edition === undefined) {
        throw new DaybreakError('BadRequest', {
          what:
            target === null
              ? `${live.edition} is the first edition of ${name}`
              : `there is no edition ${target} of ${name}`,
          expected: 'an edition that is still kept',
          next: target === null ? ANOTHER_EDITION : await nextFor(target, ANOTHER_EDITION),
        });
      }
      if (edition.id === live.edition) {
        throw new DaybreakError('BadRequest', {
          what: `${edition.id} is the live edition already`,
          next: 'choose another one that `daybreak editions` shows',
        });
      }
      const now = await log.edition(live.edition);
      const moved = now !== undefined && now.destination !== edition.destination;
      if (moved || !(await destinationOf(edition).holds(edition))) {
        throw new DaybreakError('BadRequest', {
          where: edition.destination,
          what: moved
            ? `${edition.id} was published there, and the live edition to ${now.destination}`
            : `the files of ${edition.id} are not all there`,
          expected: 'an edition with all its files, where readers look now',
          next: 'choose another one that `daybreak editions` shows, or publish anew with `daybreak run`',
        });
      }
      if (reread !== undefined && (await snapshots(store, name).reject(reread, edition.knownAt)) === undefined) {
        throw new DaybreakError('BadRequest', {
          what: `nothing was read of a table ${reread} of a database for ${name}`,
          expected: 'the name of a source that is read from a database; files are read again when they change',
          next: 'leave --reread out, or correct the name',
        });
      }
      await log.release(edition, { by: 'rollback', now: new Date().toISOString(), rollback: { why } });
      await showLive(log, destinationOf);
      return { live: edition.id, previous: live.edition };
    },
    async query(sql, { pipeline, edition: wanted = 'live', limit = DEFAULT_LIMIT, signal } = {}) {
      const store = await open();
      const edition = await publishedEdition(store, await asked(pipeline), wanted);
      return { ...(await runQuery(store, edition, sql, limit, signal)), edition: edition.id };
    },
    async report({ pipeline, edition: wanted = 'live' } = {}) {
      const store = await open();
      const of = await asked(pipeline);
      const edition = await publishedEdition(store, of, wanted);
      const there = await destinationOf(edition).report(edition);
      if (there !== null) return { edition: edition.id, uri: there, made: false };
      const release = (await releases(store, of.name).all()).find((each) => each.edition === edition.id);
      const uri = await reportOf(store, edition, release?.releasedAt ?? null);
      return { edition: edition.id, uri, made: true };
    },
    async evidence(key) {
      const store = await open();
      const found = key.startsWith('evidence/') ? await store.get<Evidence>(key) : undefined;
      if (found !== undefined) return found;
      throw new DaybreakError('BadRequest', {
        what: `there is no evidence ${key} in ${storeText(store)}`,
        expected: 'a key that `daybreak status RUN` shows; evidence is kept as long as candidates',
        next: `look at the run again; ${anotherStore(store)}`,
      });
    },
    async diff(before, after, { pipeline, limit = DEFAULT_EXAMPLES, ...options } = {}) {
      const of = await asked(pipeline);
      const store = await open();
      const pair = [await findEdition(store, of, before), await findEdition(store, of, after)] as const;
      return await diffEditions(store, pair, { limit, ...options });
    },
    async quarantined({ pipeline, run, limit = DEFAULT_QUARANTINED, ...options } = {}) {
      return await quarantinedOf(await open(), {
        limit,
        ...options,
        ...(pipeline === undefined ? {} : { pipeline: await asked(pipeline) }),
        ...(run === undefined ? {} : { run }),
      });
    },
    backtest: async ({ pipeline = DEFAULT_PIPELINE, ...options } = {}) =>
      await backtestOf(await open(), { pipeline, ...options }),
  };
}

/** A pipeline's past, written straight into a store: editions, releases, plans and data of any age. */
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Services } from '../../src/activities';
import { fingerprint } from '../../src/activities/fingerprint';
import type { Edition } from '../../src/domain/edition';
import type { PlanDocument } from '../../src/domain/plan';
import type { Receipt } from '../../src/domain/receipt';

const DAY_MS = 86_400_000;
const PIPELINE = 'shop';

export const daysAgo = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString();

export interface Past {
  readonly pipeline: string;
  /** An edition with a file of its own, known so many days ago. Its run bears its name. */
  edition(id: string, age: number, options?: { release?: boolean; destination?: string }): Promise<Edition>;
  /** Makes an earlier edition live again. */
  rollback(edition: Edition): Promise<void>;
  candidate(id: string, age: number): Promise<void>;
  /** The plan of a run, of one part and one model; gives its key. */
  plan(runId: string, age: number, keepEditions?: number): Promise<string>;
  /** Receipts of the part, the model and the published table of a run's plan, all with their data. */
  receipts(runId: string, age: number): Promise<void>;
  /** A data file that no receipt knows. */
  orphan(name: string, age: number): void;
  /** What a run notes of itself, the work that it claims, and its failing rows. */
  notes(runId: string, age: number): Promise<void>;
  /** Keys and data files that contain these names, sorted. */
  left(...names: readonly string[]): Promise<string[]>;
}

export function pastOf(services: Services, home: string): Past {
  const { store } = services;
  const elsewhere = join(home, 'published', PIPELINE);
  const partOf = (runId: string) => fingerprint({ part: runId });
  const modelOf = (runId: string) => fingerprint({ model: runId });
  const editionOf = (id: string, age: number, destination: string): Edition => ({
    id,
    pipeline: PIPELINE,
    window: { from: '2026-03-01', to: '2026-03-02', asOf: '2026-03-02' },
    knownAt: daysAgo(age),
    fingerprint: id,
    definition: 'd',
    destination,
    zone: 'UTC',
    snapshots: [],
    tables: [{ name: 'orders', rows: 1, bytes: 4, sha256: id, fingerprint: id, file: 'orders.parquet', columns: [] }],
    checks: [],
    run: { workflowId: `workflow of ${id}`, runId: id },
  });
  const dataFile = (uri: string, age: number) => {
    const path = store.path({ uri, bytes: 0, sha256: '' });
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'rows');
    const then = new Date(daysAgo(age));
    utimesSync(path, then, then);
    return { uri, bytes: 4, sha256: '' };
  };
  return {
    pipeline: PIPELINE,
    async edition(id, age, { release = false, destination = elsewhere } = {}) {
      const edition = editionOf(id, age, destination);
      const releases = services.releases(PIPELINE);
      await releases.keep(edition);
      const file = services.destination(edition).file(edition, 'orders');
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, 'rows');
      if (release) await releases.release(edition, { by: 'a test', now: daysAgo(age) });
      return edition;
    },
    async rollback(edition) {
      await services
        .releases(PIPELINE)
        .release(edition, { by: 'a test', now: daysAgo(0), rollback: { why: 'wrong prices' } });
    },
    candidate: async (id, age) =>
      void (await store.putIfAbsent(`candidates/${PIPELINE}/${id}`, editionOf(id, age, elsewhere))),
    async plan(runId, age, keepEditions = 7) {
      const key = `plans/${PIPELINE}/${runId}`;
      const plan: Partial<PlanDocument> = {
        pipeline: PIPELINE,
        destination: elsewhere,
        keepEditions,
        plannedAt: daysAgo(age),
        workflowId: `workflow of ${runId}`,
        runId,
        sources: [{ parts: [{ fingerprint: partOf(runId) }] }] as unknown as PlanDocument['sources'],
        models: [{ fingerprint: modelOf(runId) }] as unknown as PlanDocument['models'],
      };
      await store.putIfAbsent(key, plan);
      return key;
    },
    async receipts(runId, age) {
      const receiptOf = (own: string, name: string): Receipt => ({
        name,
        fingerprint: own,
        data: dataFile(`data/${name}/${runId}.parquet`, age),
        rows: 1,
        schema: [],
        keyChecksum: null,
        attempt: 1,
        seconds: 0,
        madeAt: daysAgo(age),
        runId,
      });
      const quarantine = dataFile(`data/parts/${runId}.quarantine.parquet`, age);
      await services.ledger.commit({ ...receiptOf(partOf(runId), 'parts'), quarantined: 1, quarantine });
      await services.ledger.commit(receiptOf(modelOf(runId), 'models'));
      await services.ledger.commit(receiptOf(fingerprint({ published: modelOf(runId) }), 'published'));
    },
    orphan: (name, age) => void dataFile(`data/parts/${name}.parquet`, age),
    async notes(runId, age) {
      const run = { workflowId: `workflow of ${runId}`, runId };
      await store.putIfAbsent(`runs/${runId}`, { workflowId: run.workflowId, at: daysAgo(age) });
      await store.putIfAbsent(`claims/${PIPELINE}/of-${runId}/00000001`, run);
      await store.putIfAbsent(`evidence/${PIPELINE}/${runId}/check-0`, { rows: [] });
    },
    async left(...names) {
      const keys = (await Promise.all(names.map(async (name) => await store.list(name)))).flat();
      const data = (await store.listData()).map(({ uri }) => uri);
      const wanted = data.filter((uri) => names.some((name) => uri.startsWith(name)));
      return [...keys, ...wanted].toSorted();
    },
  };
}

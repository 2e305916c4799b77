/** Which plans, receipts, data and notes of runs a sweep takes away. */
import { existsSync } from 'node:fs';
import { sweepStore } from '../../src/activities/sweep';
import { removeTemporaryFolders } from '../dev/temporary';
import { type Past, pastOf } from '../support/past';
import { openWorkshop, type Workshop } from '../support/workshop';

afterAll(removeTemporaryFolders);

async function withPast(use: (past: Past, workshop: Workshop) => Promise<void>): Promise<void> {
  const workshop = await openWorkshop();
  try {
    await use(pastOf(workshop.services, workshop.home), workshop);
  } finally {
    await workshop.close();
  }
}

const sweep = async ({ services }: Workshop, past: Past, keepEditions: number) =>
  await sweepStore(services, await past.plan('now', 0, keepEditions));
const dataOf = (...runs: readonly string[]) =>
  runs
    .flatMap((run) => [
      `data/models/${run}.parquet`,
      `data/parts/${run}.parquet`,
      `data/parts/${run}.quarantine.parquet`,
      `data/published/${run}.parquet`,
    ])
    .toSorted();

test('what a kept edition, a candidate, a young or a running plan is made of stays; the rest goes', async () => {
  await withPast(async (past, workshop) => {
    const runs = ['edition', 'candidate', 'young', 'running', 'over', 'forgotten'];
    await past.edition('forgotten', 9, { release: true });
    await past.edition('replaced', 8, { release: true });
    await past.edition('edition', 7, { release: true });
    await past.candidate('candidate', 0.5);
    for (const run of runs) {
      await past.plan(run, run === 'young' ? 0.9 : 9);
      await past.receipts(run, 9);
    }
    workshop.running.add('running');
    const swept = await sweep(workshop, past, 1);
    const kept = ['candidate', 'edition', 'running', 'young'];
    expect(await past.left('data/')).toEqual(dataOf(...kept));
    expect(swept).toEqual({ editions: 1, files: 8 });
    expect(await past.left('plans')).toEqual([...kept, 'now'].toSorted().map((run) => `plans/${past.pipeline}/${run}`));
    const receipts = await workshop.services.ledger.all();
    expect(receipts.map(({ runId }) => runId).toSorted()).toEqual(kept.flatMap((run) => [run, run, run]));
  });
});

test('receipts that no plan knows stay for a day, as do data that no receipt knows', async () => {
  await withPast(async (past, workshop) => {
    await past.receipts('fresh', 0.9);
    await past.receipts('old', 1.1);
    past.orphan('orphan-fresh', 0.9);
    past.orphan('orphan-old', 1.1);
    expect(await sweep(workshop, past, 1)).toEqual({ editions: 0, files: 5 });
    expect(await past.left('data/')).toEqual([...dataOf('fresh'), 'data/parts/orphan-fresh.parquet'].toSorted());
    // Nobody looks for what is gone.
    expect(await workshop.services.ledger.all()).toHaveLength(3);
  });
});

test('claims go with their runs, notes and failing rows stay for as many days as editions are kept', async () => {
  await withPast(async (past, workshop) => {
    const { store } = workshop.services;
    for (const [run, age] of [
      ['running', 9],
      ['over', 9],
      ['recent', 2],
      ['edition', 9],
    ] as const)
      await past.notes(run, age);
    await past.edition('edition', 9, { release: true });
    workshop.running.add('running');
    for (const run of ['running', 'over', 'recent']) await store.scratch(`${run}/tables`);
    await sweep(workshop, past, 3);
    expect(await past.left('claims')).toEqual([
      `claims/${past.pipeline}/of-edition/00000001`,
      `claims/${past.pipeline}/of-running/00000001`,
    ]);
    expect(await past.left('runs')).toEqual(['runs/edition', 'runs/recent', 'runs/running']);
    expect(await past.left('evidence')).toEqual(
      ['edition', 'recent', 'running'].map((run) => `evidence/${past.pipeline}/${run}/check-0`),
    );
    expect(await store.listScratch()).toEqual(['running']);
  });
});

test('a run takes its own folder along, and without its plan nothing is touched', async () => {
  await withPast(async (past, workshop) => {
    const { store } = workshop.services;
    past.orphan('orphan', 9);
    const [own, other] = [await store.scratch('now/tables'), await store.scratch('nobody/tables')];
    expect(await sweepStore(workshop.services, 'plans/shop/unknown')).toEqual({ editions: 0, files: 0 });
    expect(await past.left('data/')).toHaveLength(1);
    await sweep(workshop, past, 1);
    expect([existsSync(own), existsSync(other)]).toEqual([false, true]);
  });
});

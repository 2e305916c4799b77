/** What readers have is trusted, and sampled: a table that is not what its inputs give is found, and rebuilt. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { validateDataQuality } from '../../src/activities/check';
import { publishEdition } from '../../src/activities/publish';
import { transformModel } from '../../src/activities/transform';
import { removeTemporaryFolders } from '../dev/temporary';
import { openWorkshop, type Workshop } from '../support/workshop';
import { folderOf } from '../workflows/folders';
import { differingModels, night } from './night';

afterAll(removeTemporaryFolders);

/** At least as many as a sampled key stands for, so that each night samples some. */
const ROWS = 40_000;

/** The table's rows in the ledger, replaced by others: as an engine would have left them that computed something else. */
async function spoil(workshop: Workshop, fingerprint: string, total = 'total + 1'): Promise<void> {
  const { engine, ledger, store } = workshop.services;
  const receipt = await ledger.find(fingerprint);
  if (receipt === undefined) throw new Error('there is no table');
  const folder = await store.scratch('spoiled');
  const workspace = await engine.workspace({
    id: 'spoiled',
    folder,
    zone: 'UTC',
    variables: {},
    memoryBytes: 200_000_000,
    threads: 1,
  });
  try {
    await workspace.table('rows', [await store.link(receipt.data, folder)], receipt.schema);
    const path = join(folder, 'spoiled.tmp');
    await workspace.write(`SELECT * REPLACE (${total} AS total) FROM "rows"`, path, { compression: 'snappy' });
    const data = await store.seal(path, 'models/spoiled.parquet');
    await ledger.remove(fingerprint);
    await ledger.commit({ ...receipt, data });
  } finally {
    await workspace.close();
  }
}

/** Nights of a pipeline with one model: what each made of it, and whether it passed. */
function nights(workshop: Workshop, pipeline: string, model: string) {
  const services = { ...workshop.services, followFromRows: 0 };
  return async (runId: string) => {
    const made = await night(workshop, pipeline, runId);
    const key = `plans/${made.plan.pipeline}/${runId}`;
    await workshop.act(runId, async () => await transformModel(services, key, model));
    const verdict = await workshop.act(runId, async () => await validateDataQuality(services, key));
    if (verdict.passed) await workshop.act(runId, async () => await publishEdition(services, key, []));
    const fingerprint = made.plan.models[0]?.fingerprint ?? '';
    return { made, verdict, fingerprint, receipt: await services.ledger.find(fingerprint) };
  };
}

const SAID = /^\d+ rows of keys that nothing touched are others than in the earlier table$/;

const rowsTo = (last: number) =>
  `id,value\n${Array.from({ length: last }, (_, index) => `${index + 1},${index % 97}`).join('\n')}\n`;

test('a table that is not what its inputs give is found by the sample, rebuilt, and stops the run once', async () => {
  const workshop = await openWorkshop();
  try {
    const pipeline = folderOf({
      'pipeline.yaml': `name: sampled
zone: UTC
sources:
  numbers:
    type: csv
    path: numbers.csv
    key: [id]
    columns: {id: BIGINT, value: BIGINT}
`,
      'models/doubled.sql':
        '-- incremental: id\n-- publish: true\nSELECT id, (value * 2)::BIGINT AS total FROM numbers\n',
    });
    const nightly = nights(workshop, pipeline, 'doubled');
    const run = async (runId: string, rows: number) => {
      writeFileSync(join(pipeline, 'numbers.csv'), rowsTo(rows));
      return await nightly(runId);
    };
    const first = await run('first', ROWS);
    expect(first.verdict.passed).toBe(true);
    const second = await run('second', ROWS + 1);
    // It follows: one row came, and some keys were computed again with it.
    expect(second.receipt).toMatchObject({ base: first.fingerprint, rows: ROWS + 1 });
    expect(second.receipt?.ownRows).toBeGreaterThan(1);
    expect(second.receipt?.ownRows).toBeLessThan(50);
    expect(second.verdict.passed).toBe(true);

    await spoil(workshop, first.fingerprint);
    const third = await run('third', ROWS + 2);
    expect(third.receipt).toMatchObject({ rows: ROWS + 2, mismatch: expect.stringMatching(SAID) });
    expect(third.receipt?.base).toBeUndefined();
    expect(third.verdict.passed).toBe(false);
    expect(third.verdict.results.filter(({ outcome }) => outcome !== 'pass')).toEqual([
      expect.objectContaining({ name: 'incremental', subject: 'doubled', outcome: 'fail', severity: 'error' }),
    ]);
    // Other data came meanwhile: the table is not gone on from again.
    const fourth = await run('fourth', ROWS + 3);
    expect(fourth.receipt).toMatchObject({ rows: ROWS + 3, whole: 'the earlier table is gone' });
    expect(fourth.verdict.passed).toBe(true);
    const fifth = await run('fifth', ROWS + 4);
    expect(fifth.receipt).toMatchObject({ base: fourth.fingerprint });
    expect(await differingModels(workshop, fifth.made)).toEqual([]);
  } finally {
    await workshop.close();
  }
}, 120_000);

test('last digits of sums of DOUBLE, which another order of the same rows gives, are no difference; more is one', async () => {
  const workshop = await openWorkshop();
  try {
    const pipeline = folderOf({
      'pipeline.yaml': `name: digits
zone: UTC
sources:
  weights:
    type: csv
    path: "*.csv"
    key: [id]
    delivery: merge
    columns: {id: BIGINT, user_id: BIGINT, weight: DOUBLE}
`,
      'models/weighed.sql':
        '-- incremental: user_id\n-- publish: true\nSELECT user_id, sum(weight) AS total, count(*) AS n FROM weights GROUP BY user_id\n',
    });
    const deliver = (file: string, weights: readonly number[], more = '') => {
      const rows = Array.from({ length: ROWS }, (_, user) =>
        weights.map((weight) => `${user * 3 + Math.round(weight * 10)},${user},${weight}\n`),
      );
      writeFileSync(join(pipeline, `${file}.csv`), `id,user_id,weight\n${rows.flat().join('')}${more}`);
    };
    const run = nights(workshop, pipeline, 'weighed');
    deliver('a', [0.1, 0.2, 0.3]);
    const first = await run('first');
    // The same row comes again, behind the others of its user: 0.2 + 0.3 + 0.1 is not 0.1 + 0.2 + 0.3.
    deliver('b', [0.1], '-1,-1,1\n');
    const second = await run('second');
    expect(second.receipt).toMatchObject({ base: first.fingerprint, rows: ROWS + 1 });
    expect(second.receipt?.ownRows).toBeGreaterThan(1);
    expect(second.verdict.passed).toBe(true);
    expect(await differingModels(workshop, second.made)).toEqual([expect.stringMatching(/^weighed: \d{5} rows$/)]);

    await spoil(workshop, first.fingerprint, 'total * (1 + 1e-8)');
    deliver('c', [0.1], '-2,-2,1\n');
    const third = await run('third');
    expect(third.receipt).toMatchObject({ rows: ROWS + 2, mismatch: expect.stringMatching(SAID) });
    expect(third.verdict.passed).toBe(false);
  } finally {
    await workshop.close();
  }
}, 120_000);

/** A model that runs out of memory is computed again with one thread, in the same attempt. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Services } from '../../src/activities';
import { extractLane } from '../../src/activities/extract';
import { planRun } from '../../src/activities/plan';
import { transformModel } from '../../src/activities/transform';
import { DaybreakError } from '../../src/domain/failure';
import { removeTemporaryFolders } from '../dev/temporary';
import { rowsOf } from '../support/content';
import { openWorkshop, type Workshop } from '../support/workshop';
import { tinyPipeline } from '../workflows/folders';

afterAll(removeTemporaryFolders);

/** An engine that has too little memory for more threads than these, and what was asked of it. */
function narrow(services: Services, enoughFor: number) {
  const asked: { readonly threads: number; closed: boolean }[] = [];
  const engine: Services['engine'] = {
    ...services.engine,
    async workspace(settings) {
      const real = await services.engine.workspace(settings);
      const own = { threads: settings.threads, closed: false };
      asked.push(own);
      return {
        ...real,
        async write(...args) {
          if (settings.threads <= enoughFor) return await real.write(...args);
          throw new DaybreakError('OutOfMemory', { what: 'could not allocate block' });
        },
        async close() {
          own.closed = true;
          await real.close();
        },
      };
    },
  };
  return { asked, services: { ...services, engine } };
}

/** A run of a tiny pipeline whose source is read; then its model. */
async function transform(workshop: Workshop, services: Services) {
  const pipeline = tinyPipeline('memory');
  return await workshop.act('memory', async () => {
    const { plan } = await planRun(workshop.services, { pipeline });
    await extractLane(workshop.services, plan, 'numbers', 0);
    return await transformModel(services, plan, 'total');
  });
}

async function withWorkshop(threads: number, use: (workshop: Workshop) => Promise<void>): Promise<void> {
  const workshop = await openWorkshop({ DAYBREAK_THREADS: String(threads) });
  try {
    await use(workshop);
  } finally {
    await workshop.close();
  }
}

const temporary = async ({ home }: Workshop) =>
  (await readdir(join(home, 'store'), { recursive: true })).filter((path) => path.endsWith('.tmp'));

test('what fits one thread only is computed with one, in a workspace of its own that ends with it', async () => {
  await withWorkshop(4, async (workshop) => {
    const { asked, services } = narrow(workshop.services, 1);
    expect(await transform(workshop, services)).toMatchObject({ name: 'total', rows: 1, reused: false });
    expect(asked).toEqual([
      { threads: 4, closed: false },
      { threads: 1, closed: true },
    ]);
    const receipt = (await services.ledger.all()).find(({ name }) => name === 'total');
    expect(receipt).toMatchObject({ attempt: 1, rows: 1 });
    expect(await rowsOf(services.store.path(receipt?.data ?? { uri: '', bytes: 0, sha256: '' }))).toEqual([
      { total: '60', as_of: '2026-03-11' },
    ]);
    expect(await temporary(workshop)).toEqual([]);
  });
});

test.each([
  [4, [4, 1]],
  [1, [1]],
])('what does not fit one thread of %i fails with what to do, and leaves nothing', async (threads, expected) => {
  await withWorkshop(threads, async (workshop) => {
    const { asked, services } = narrow(workshop.services, 0);
    await expect(transform(workshop, services)).rejects.toMatchObject({
      kind: 'OutOfMemory',
      text: { where: 'models/total.sql', next: expect.stringMatching(/DAYBREAK_MEMORY.*"memory"/) },
    });
    expect(asked.map((workspace) => workspace.threads)).toEqual(expected);
    expect((await services.ledger.all()).map(({ name }) => name)).toEqual(['numbers']);
    expect(await temporary(workshop)).toEqual([]);
  });
});

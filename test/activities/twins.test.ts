/** Two attempts of one activity that begin in the same millisecond keep apart what they write. */
import { extractLane } from '../../src/activities/extract';
import { planRun } from '../../src/activities/plan';
import { transformModel } from '../../src/activities/transform';
import { removeTemporaryFolders } from '../dev/temporary';
import { openWorkshop } from '../support/workshop';
import { tinyPipeline } from '../workflows/folders';

afterAll(removeTemporaryFolders);

test('both finish, with one receipt whose data are as it says, and one file', async () => {
  const workshop = await openWorkshop();
  const { services, act } = workshop;
  const now = jest.spyOn(Date, 'now').mockReturnValue(Date.now());
  try {
    const { plan } = await act('twins', async () => await planRun(services, { pipeline: tinyPipeline('twins') }));
    const twice = async <T>(work: () => Promise<T>) => await Promise.all([act('twins', work), act('twins', work)]);
    for (const lane of await twice(async () => await extractLane(services, plan, 'numbers', 0)))
      expect(lane).toMatchObject({ rows: 3, parts: 1 });
    for (const model of await twice(async () => await transformModel(services, plan, 'total')))
      expect(model).toMatchObject({ rows: 1 });
    const receipts = await services.ledger.all();
    expect(receipts.map(({ name }) => name).toSorted()).toEqual(['numbers', 'total']);
    for (const { data } of receipts) expect(await services.store.verify(data)).toBe(true);
    const files = (await services.store.listData()).map(({ uri }) => uri);
    expect(files.toSorted()).toEqual(receipts.map(({ data }) => data.uri).toSorted());
  } finally {
    now.mockRestore();
    await workshop.close();
  }
});

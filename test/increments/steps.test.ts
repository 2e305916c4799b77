/** A table of steps that is written as one again still tells its readers what the last step changed. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeTemporaryFolders } from '../dev/temporary';
import { openWorkshop } from '../support/workshop';
import { folderOf } from '../workflows/folders';
import { differingModels, night, publishNight } from './night';

afterAll(removeTemporaryFolders);

const rows = (owners: readonly number[]) =>
  `id,owner,value\n${owners.map((owner, id) => `${id},${owner},${10 + id}`).join('\n')}\n`;

test('readers of a table follow it also in the night in which it is written as one again', async () => {
  const workshop = await openWorkshop();
  try {
    const services = { ...workshop.services, followFromRows: 0 };
    const pipeline = folderOf({
      'pipeline.yaml': `name: steps
zone: UTC
sources:
  numbers: {type: csv, path: numbers.csv, key: [id], columns: {id: BIGINT, owner: BIGINT, value: BIGINT}}
`,
      'models/owned.sql': '-- publish: true\n-- incremental: id\nSELECT id, owner, value FROM numbers\n',
      'models/sums.sql':
        '-- publish: true\n-- incremental: owner\nSELECT owner, sum(value)::BIGINT AS value FROM owned GROUP BY owner\n',
    });
    const nights = [
      // One row in ten is a layer of its own; with three more it is too much, and the table is written as one.
      { owners: [1, 1, 2, 2, 3, 3, 4, 4, 5, 5], layered: false },
      { owners: [2, 1, 2, 2, 3, 3, 4, 4, 5, 5], layered: true },
      { owners: [2, 6, 2, 6, 3, 7, 4, 4, 5, 5], layered: false },
      { owners: [2, 6, 2, 6, 3, 7, 4, 4, 5, 8], layered: true },
    ];
    for (const [index, { owners, layered }] of nights.entries()) {
      writeFileSync(join(pipeline, 'numbers.csv'), rows(owners));
      const made = await night({ ...workshop, services }, pipeline, `night-${index}`, { services });
      const receipts = await publishNight({ ...workshop, services }, made);
      const [owned, sums] = [receipts.get('owned'), receipts.get('sums')];
      expect({ index, layered: owned?.base !== undefined }).toEqual({ index, layered });
      expect({ index, step: owned?.step !== undefined }).toEqual({ index, step: index === 2 });
      expect({ index, whole: [owned?.whole, sums?.whole] }).toEqual({ index, whole: [undefined, undefined] });
      expect({ index, differing: await differingModels(workshop, made) }).toEqual({ index, differing: [] });
    }
  } finally {
    await workshop.close();
  }
});

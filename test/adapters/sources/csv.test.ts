import { writeFile } from 'node:fs/promises';
import { csvSource } from '../../../src/adapters/sources';
import { sourceContract } from '../../contracts/source';
import { bench, csvDefinition, csvText } from './support';

const columns = { id: 'BIGINT', name: 'VARCHAR', amount: 'DECIMAL(12,2)' };

sourceContract('CSV', async () => {
  const at = await bench();
  const session = await at.session();
  return {
    folder: at.folder,
    extension: 'csv',
    write: async (file, rows) =>
      await writeFile(
        file,
        csvText([['id', 'name', 'amount'], ...rows.map((row) => [String(row.id), row.name, row.amount])]),
      ),
    source: ({ mapping, ...settings }) =>
      csvSource({
        name: 'orders',
        definition: csvDefinition({ path: 'in/orders.csv', columns, ...settings }),
        folder: at.folder,
        session,
        ...(mapping === undefined ? {} : { mapping }),
      }),
    rows: at.rows,
    close: at.close,
  };
});

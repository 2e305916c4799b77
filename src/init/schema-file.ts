/** The JSON Schema that editors read, beside each new declaration: there it works on every machine. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const NAME = 'pipeline.schema.json';
const SHIPPED = resolve(__dirname, '..', '..', 'schema', NAME);

export const schemaFile = async (): Promise<{ name: string; text: string }> => ({
  name: NAME,
  text: await readFile(join(SHIPPED), 'utf8'),
});

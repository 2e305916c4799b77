/** The shipped pipeline over a shop in Postgres, by changing only `sources`: the same shop gives the same tables. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { parse } from 'yaml';
import { transformModel } from '../../src/activities/transform';
import type { SourceDefinition } from '../../src/domain/definition';
import { withSources } from '../../src/cli/demo/sources';
import { createShop, fillShop, makeSample } from '../../src/sample';
import { removeTemporaryFolders, temporaryFolder } from '../dev/temporary';
import { night } from '../increments/night';
import { SHIPPED } from '../support/shop';
import { startTestPostgres, type TestPostgres } from '../support/postgres';
import { LOGICAL_TIME, openWorkshop, type Workshop } from '../support/workshop';
import { openSession } from './models';

const UNTIL = LOGICAL_TIME.toISOString().slice(0, 10);
const read = (file: string) => readFileSync(join(SHIPPED, file), 'utf8');
const sourcesOf = (file: string) => (parse(read(file)) as { sources: Record<string, SourceDefinition> }).sources;

let postgres: TestPostgres;
let data: string;
beforeAll(async () => {
  postgres = await startTestPostgres();
  data = join(temporaryFolder(), 'data');
  await makeSample({ folder: data, seed: 3, lines: 4_000, until: UNTIL });
  const client = new Client({ connectionString: postgres.url(), ssl: false });
  await client.connect();
  try {
    await createShop(client);
    await fillShop(client, data);
  } finally {
    await client.end();
  }
}, 60_000);
afterAll(async () => {
  await postgres.remove();
  await removeTemporaryFolders();
});

test('both blocks of sources declare the same tables, keys, columns and checks', () => {
  const files = sourcesOf('pipeline.yaml');
  const tables = sourcesOf('sources.postgres.yaml');
  const shared = ({ key, columns, accept, max_quarantined, mapping, checks }: SourceDefinition) => ({
    ...{ key, columns: Object.entries(columns), accept, max_quarantined, mapping, checks },
  });
  const all = (sources: Record<string, SourceDefinition>) =>
    Object.entries(sources).map(([name, source]) => [name, shared(source)]);
  expect(all(tables)).toEqual(all(files));
  expect(Object.keys(parse(read('sources.postgres.yaml')) as object)).toEqual(['sources']);
});

/** Every written model of a night, with its file. */
async function tablesOf(workshop: Workshop, pipeline: string): Promise<Map<string, string>> {
  const { plan, passed, checks } = await night(workshop, pipeline, `run of ${pipeline}`);
  if (!passed) throw new Error(JSON.stringify(checks.filter(({ outcome }) => outcome !== 'pass')));
  const { services } = workshop;
  const found = new Map<string, string>();
  for (const { name, fingerprint } of plan.models.filter(({ written }) => written)) {
    await workshop.act(
      plan.runId,
      async () => await transformModel(services, `plans/${plan.pipeline}/${plan.runId}`, name),
    );
    const receipt = await services.ledger.find(fingerprint);
    if (receipt !== undefined) found.set(name, services.store.path(receipt.data));
  }
  return found;
}

test('from Postgres and from files: every model has the same rows, to the cent', async () => {
  const folder = (sources?: string) => {
    const path = join(temporaryFolder(), 'shop');
    cpSync(SHIPPED, path, { recursive: true, filter: (file) => !file.endsWith('/data') });
    cpSync(data, join(path, 'data'), { recursive: true });
    if (sources !== undefined)
      writeFileSync(join(path, 'pipeline.yaml'), withSources(read('pipeline.yaml'), read(sources)));
    return path;
  };
  const files = await openWorkshop();
  const database = await openWorkshop({ SHOP_DATABASE: postgres.url() });
  const session = await openSession('UTC');
  try {
    const wanted = await tablesOf(files, folder());
    const found = await tablesOf(database, folder('sources.postgres.yaml'));
    expect([...found.keys()]).toEqual([...wanted.keys()]);
    const differing: string[] = [];
    for (const [name, path] of wanted) {
      const [left, right] = [path, found.get(name)].map((file) => `FROM read_parquet('${file}')`);
      const [row] = await session.rows(`SELECT (SELECT count(*) ${left})::INTEGER AS rows,
        (SELECT count(*) FROM (${left} EXCEPT ALL ${right}))::INTEGER + (SELECT count(*) FROM (${right} EXCEPT ALL ${left}))::INTEGER AS other`);
      if (row?.other !== 0) differing.push(`${name}: ${JSON.stringify(row)}`);
    }
    expect(differing).toEqual([]);
    expect(wanted.size).toBeGreaterThan(20);
  } finally {
    session.close();
    await files.close();
    await database.close();
  }
}, 120_000);

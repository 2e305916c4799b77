/** Events of OpenLineage as they arrive, of real runs. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { tellEnded } from '../../src/activities/lineage';
import { NOTHING_DONE, type Outcome, type RunResult } from '../../src/domain/run';
import { removeTemporaryFolders } from '../dev/temporary';
import { runOffline } from '../support/offline';
import { freePort } from '../support/ports';
import { type Receiver, startReceiver } from '../support/receiver';
import { openWorkshop, type Workshop } from '../support/workshop';
import { folderOf, tinyPipeline } from '../workflows/folders';

const facet = z.looseObject({
  _producer: z.url(),
  _schemaURL: z.string().regex(/^https:\/\/openlineage\.io\/spec\/facets\/\d+-\d+-\d+\/(\w+)\.json#\/\$defs\/\1$/),
});
const facets = z.record(z.string(), facet);
const dataset = z.looseObject({ namespace: z.string().min(1), name: z.string().min(1), facets });
/** What the official schema asks of an event of a run, and which keys it knows. */
const runEvent = z.strictObject({
  eventType: z.enum(['START', 'COMPLETE', 'ABORT', 'FAIL']),
  eventTime: z.iso.datetime(),
  producer: z.url(),
  schemaURL: z.literal('https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent'),
  run: z.strictObject({ runId: z.uuid(), facets }),
  job: z.strictObject({ namespace: z.string().min(1), name: z.string().min(1), facets }),
  inputs: z.array(dataset.extend({ inputFacets: facets }).strict()),
  outputs: z.array(dataset.extend({ outputFacets: facets }).strict()),
});

let receiver: Receiver;
let workshop: Workshop;
beforeAll(async () => {
  receiver = await startReceiver();
  workshop = await openWorkshop({
    DAYBREAK_LINEAGE_URL: `${receiver.url}/api/v1/lineage`,
    SHOP: 'postgres://reader:secret@db.example:6543/shop',
  });
});
afterAll(async () => {
  await workshop?.close();
  await receiver?.close();
  await removeTemporaryFolders();
});

const of = (runId: string) =>
  receiver.posted.flatMap(({ body }) => {
    const event = runEvent.parse(body);
    return event.run.runId === runId ? [event] : [];
  });

const ended = (runId: string, outcome: Outcome, more: Partial<RunResult> = {}): RunResult => ({
  workflowId: 'tonight',
  runId,
  pipeline: 'told',
  outcome,
  ...NOTHING_DONE,
  seconds: 2,
  ...more,
});
const tell = async (result: RunResult, from = workshop) =>
  await from.act(result.runId, async () => await tellEnded(from.services, result));

test('a run that publishes: as it starts, what it will read; as it ends, rows, checks and what it made', async () => {
  const runId = randomUUID();
  const folder = tinyPipeline('told');
  const { publication } = await runOffline(workshop, runId, { pipeline: folder, to: '2026-03-01' });
  const source = { name: 'numbers', rows: 3, quarantined: 0, parts: 1, resumedParts: 0, cut: null, seconds: 1 };
  const check = { name: 'conservation', subject: 'numbers', severity: 'error', observed: '3 read', expected: 'all' };
  await tell(
    ended(runId, 'published', {
      edition: publication?.edition ?? null,
      sources: [source],
      checks: [{ ...check, severity: 'error', outcome: 'pass' }],
    }),
  );
  const [start, end, ...others] = of(runId);
  expect(others).toEqual([]);
  expect(new Set(receiver.posted.map(({ path }) => path))).toEqual(new Set(['/api/v1/lineage']));
  const numbers = { namespace: 'file', name: join(folder, 'numbers.csv') };
  const fields = [
    { name: 'id', type: 'BIGINT', ordinal_position: 1 },
    { name: 'value', type: 'BIGINT', ordinal_position: 2 },
  ];
  expect(start).toMatchObject({
    eventType: 'START',
    job: { namespace: 'workshop', name: 'told' },
    run: { facets: { processing_engine: { name: 'DuckDB' } } },
    inputs: [{ ...numbers, facets: { schema: { fields } }, inputFacets: {} }],
    outputs: [],
  });
  expect(end).toMatchObject({
    eventType: 'COMPLETE',
    job: { namespace: 'workshop', name: 'told' },
    inputs: [
      {
        ...numbers,
        facets: { schema: { fields } },
        inputFacets: {
          inputStatistics: { rowCount: 3 },
          dataQualityAssertions: { assertions: [{ assertion: 'conservation', success: true, actual: '3 read' }] },
        },
      },
    ],
    outputs: [
      {
        namespace: 'file',
        name: join(workshop.home, 'published', 'told', 'live', 'total.parquet'),
        facets: {
          schema: { fields: [{ name: 'total', type: 'BIGINT' }, { name: 'as_of' }] },
          version: { datasetVersion: publication?.edition },
        },
        outputFacets: { outputStatistics: { rowCount: 1, fileCount: 1 } },
      },
    ],
  });
  expect(Date.parse(start?.eventTime ?? '')).toBeLessThanOrEqual(Date.parse(end?.eventTime ?? ''));
});

test.each([
  ['unchanged', 'COMPLETE'],
  ['kept', 'COMPLETE'],
  ['duplicate', 'ABORT'],
  ['cancelled', 'ABORT'],
  ['blocked', 'FAIL'],
  ['failed', 'FAIL'],
] as const)('one that ends %s without a plan has begun too, and ends as %s', async (outcome, eventType) => {
  const runId = randomUUID();
  await tell(ended(runId, outcome));
  const [start, end, ...others] = of(runId);
  expect(others).toEqual([]);
  expect([start, end]).toMatchObject([{ eventType: 'START' }, { eventType, outputs: [] }]);
  expect(Date.parse(end?.eventTime ?? '') - Date.parse(start?.eventTime ?? '')).toBe(2_000);
});

test('why it failed, or what stopped it, is its error', async () => {
  const [failed, blocked] = [randomUUID(), randomUUID()];
  const failure = { step: 'extract_orders', kind: 'MissingFile', message: 'orders.csv is not there' };
  await tell(ended(failed, 'failed', { failure }));
  const check = { name: 'unique id', subject: 'orders', observed: '2 of 9 rows', expected: 'none' } as const;
  await tell(ended(blocked, 'blocked', { checks: [{ ...check, severity: 'error', outcome: 'fail' }] }));
  const message = (runId: string) => of(runId).at(-1)?.run.facets.errorMessage?.message;
  expect(message(failed)).toBe('extract_orders failed: orders.csv is not there');
  expect(message(blocked)).toBe('orders: unique id: 2 of 9 rows; expected none');
});

test('no value of a row is told, neither as an error nor as what a check saw', async () => {
  const [failed, blocked] = [randomUUID(), randomUUID()];
  const message = "Could not convert string 'Jane Doe <jane@example.org>' to INT32";
  await tell(ended(failed, 'failed', { failure: { step: 'transform_sales', kind: 'ModelFailed', message } }));
  const definition = { type: 'csv', path: 'orders.csv' };
  await workshop.services.store.putIfAbsent(`plans/told/${blocked}`, {
    folder: '/',
    sources: [{ name: 'orders', schema: [], definition }],
  });
  const check = { name: 'known', subject: 'orders', observed: "2 rows, such as 'Jane Doe'", expected: "'a' or 'b'" };
  await tell(ended(blocked, 'blocked', { checks: [{ ...check, severity: 'error', outcome: 'fail' }] }));
  const told = JSON.stringify([of(failed), of(blocked)]);
  expect(told).not.toMatch(/jane|doe/i);
  expect(told).toContain("transform_sales failed: Could not convert string '…' to INT32");
  expect(told).toContain("orders: known: 2 rows, such as '…'; expected 'a' or 'b'");
  expect(told).toContain(`"actual":"2 rows, such as '…'"`);
});

test('tables of a database are named by its place, without who asks', async () => {
  const runId = randomUUID();
  const source = (name: string, table: string) => ({
    name,
    schema: [{ name: 'id', type: 'BIGINT' }],
    definition: { type: 'postgres', connection: '${env:SHOP}', table },
  });
  const sources = [source('orders', 'orders'), source('users', 'crm.people')];
  await workshop.services.store.putIfAbsent(`plans/told/${runId}`, { folder: '/', sources });
  await tell(ended(runId, 'failed'));
  const namespace = 'postgres://db.example:6543';
  expect(of(runId)).toMatchObject([
    {
      eventType: 'FAIL',
      inputs: [
        { namespace, name: 'shop.public.orders' },
        { namespace, name: 'shop.crm.people' },
      ],
    },
  ]);
  expect(JSON.stringify(of(runId))).not.toMatch(/reader|secret/);
});

test('what could not be read has no name, and is not told', async () => {
  const runId = randomUUID();
  await tell(ended(runId, 'failed', { pipeline: '' }));
  expect(of(runId)).toEqual([]);
});

test('who does not listen is asked three times, and fails nothing', async () => {
  const runId = randomUUID();
  receiver.answer(503);
  await tell(ended(runId, 'failed'));
  receiver.answer(200);
  expect(of(runId).map(({ eventType }) => eventType)).toEqual(['START', 'START', 'START', 'FAIL', 'FAIL', 'FAIL']);

  const away = await openWorkshop({ DAYBREAK_LINEAGE_URL: `http://127.0.0.1:${await freePort()}/` });
  const folder = folderOf({
    'pipeline.yaml': `name: away
zone: UTC
sources:
  numbers: {type: csv, path: numbers.csv, columns: {id: BIGINT}}
`,
    'models/total.sql': '-- publish: true\nSELECT count(*) AS n FROM numbers\n',
    'numbers.csv': 'id\n1\n',
  });
  const { publication } = await runOffline(away, runId, { pipeline: folder, to: '2026-03-01' });
  expect(publication).toMatchObject({ outcome: 'published' });
  await tell(ended(runId, 'published', { pipeline: 'away', edition: publication?.edition ?? null }), away);
  await away.close();
});

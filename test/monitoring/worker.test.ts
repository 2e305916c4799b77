/**
 * What a real worker tells others. A real Prometheus scrapes it, with the rules of deploy/ on shorter times, and rings; who
 * collects traces gets a tree.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TIMES, type Times } from '../../scripts/deploy/alerts';
import { prometheusText, rulesText } from '../../scripts/deploy/prometheus';
import { eventually, removeTemporaryFolders, temporaryFolder } from '../dev/temporary';
import { freePort } from '../support/ports';
import { startPrometheus, type TestPrometheus } from '../support/prometheus';
import { type Receiver, startReceiver } from '../support/receiver';
import { startServer, type TestServer } from '../support/server';
import { openSite, type Site, withSite } from '../support/site';
import { tinyPipeline } from '../workflows/folders';

// A busy machine takes its time, also to start a server.
jest.setTimeout(150_000);

const SHORT: Times = { ...TIMES, down: '1s', retries: 0, retriesWithin: '1m' };
let server: TestServer;
let site: Site;
let prometheus: TestPrometheus;
let address: string;

beforeAll(async () => {
  address = `127.0.0.1:${await freePort()}`;
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'prometheus.yml'), prometheusText([address], { every: '250ms' }));
  writeFileSync(join(folder, 'rules.yml'), rulesText(SHORT));
  prometheus = await startPrometheus(folder);
  server = await startServer();
  site = await openSite(server);
});
afterAll(async () => {
  await site?.close();
  await server?.stop();
  await prometheus?.stop();
  await removeTemporaryFolders();
});

const rings = async (name: string, limitMs = 60_000) => {
  let found: Awaited<ReturnType<TestPrometheus['firing']>>[number] | undefined;
  const look = async () => {
    found = (await prometheus.firing()).find(({ labels }) => labels.alertname === name);
    return found !== undefined;
  };
  await eventually(`${name} rings`, look, limitMs);
  return found;
};
const still = async (name: string) =>
  await eventually(
    `${name} is still`,
    async () => !(await prometheus.firing()).some(({ labels }) => labels.alertname === name),
    30_000,
  );

test('without a worker it rings; with one it is still until steps are tried again and again, and the worker is gone', async () => {
  expect((await rings('NoWorker'))?.annotations).toMatchObject({ runbook_url: 'docs/runbook.md#no-worker' });
  const worker = await site.worker({ failpoint: 'publish.beforeSwap:error', env: { DAYBREAK_METRICS: address } });
  await still('NoWorker');

  const run = await site.client.start({ pipeline: tinyPipeline('scraped') });
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    await site.whenFired();
    site.rearm();
  }
  expect(await rings('RetriesHigh')).toMatchObject({
    labels: { job: 'daybreak', pipeline: 'scraped', step: 'publishEdition', severity: 'routine' },
    annotations: { summary: 'publishEdition of scraped is tried again and again' },
  });
  site.disarm();
  expect(await site.client.result(run)).toMatchObject({ outcome: 'published' });
  const published = 'daybreak_step_duration_seconds{job="daybreak",pipeline="scraped",step="publishEdition"}';
  await eventually('the end is scraped', async () => ((await prometheus.query(published)) ?? 0) > 0);
  expect(await prometheus.query('count(temporal_activity_execution_latency_seconds_bucket)')).toBeGreaterThan(0);
  // Labels that are empty are none.
  const labelled = (label: string) => `count({__name__=~"daybreak_.+",${label}=~".+"})`;
  expect(await prometheus.query(labelled('pipeline'))).toBeGreaterThan(0);
  for (const label of ['taskQueue', 'activityType']) expect(await prometheus.query(labelled(label))).toBeUndefined();

  const lines = worker
    .log()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as unknown);
  for (const attempt of [1, 2])
    expect(lines).toContainEqual(expect.objectContaining({ ...run, step: 'publishEdition', attempt, level: 40 }));

  worker.signal('SIGKILL');
  await rings('NoWorker');
  expect(await rings('WorkerDown')).toMatchObject({ labels: { instance: address } });
});

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}

const spansOf = ({ posted }: Receiver): Span[] =>
  posted
    .filter(({ path }) => path === '/v1/traces')
    .flatMap(({ body }) =>
      (body as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] }).resourceSpans.flatMap(({ scopeSpans }) =>
        scopeSpans.flatMap(({ spans }) => spans),
      ),
    );

test('a run is one trace: the run, its steps, and their queries; and lineage is told that it began', async () => {
  const collector = await startReceiver();
  await withSite(server, async (site) => {
    const worker = await site.worker({
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, DAYBREAK_LINEAGE_URL: `${collector.url}/lineage` },
    });
    expect(await site.run({ pipeline: tinyPipeline('traced') })).toMatchObject({ outcome: 'published' });
    // What is left is sent before it ends.
    await worker.stop();
  });
  await collector.close();
  const events = collector.posted.filter(({ path }) => path === '/lineage').map(({ body }) => body);
  expect(events[0]).toMatchObject({ eventType: 'START', job: { name: 'traced' }, inputs: [{ namespace: 'file' }] });

  const spans = spansOf(collector);
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const path = (span: Span): string[] => {
    const parent = byId.get(span.parentSpanId ?? '');
    return parent === undefined ? [span.name] : [...path(parent), span.name];
  };
  const [root, ...others] = spans.filter(({ parentSpanId }) => !parentSpanId);
  expect(others).toEqual([]);
  expect(root?.name).toBe('RunWorkflow:runPipeline');
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  const paths = spans.map((span) => path(span).join(' → '));
  const step = (name: string) => `RunWorkflow:runPipeline → StartActivity:${name} → RunActivity:${name}`;
  for (const name of ['planRun', 'extract_numbers', 'validate_sources', 'transform_total', 'publishEdition'])
    expect(paths).toContain(step(name));
  for (const name of ['transform_total', 'publishEdition']) expect(paths).toContain(`${step(name)} → query: write`);
  expect(paths).toContain(`${step('validate_sources')} → query: key checksum`);
  const made = spans.find((span) => path(span).join().endsWith('RunActivity:transform_total,query: write'));
  const sql = made?.attributes.find(({ key }) => key === 'db.query.text')?.value.stringValue;
  expect(sql).toContain('SELECT sum(value)::BIGINT AS total');
});

test('who collects and takes nothing is a line of the log, and no reason to fail', async () => {
  const collector = await startReceiver();
  collector.answer(400);
  await withSite(server, async (site) => {
    const worker = await site.worker({
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_BSP_SCHEDULE_DELAY: '100',
        DAYBREAK_LINEAGE_URL: collector.url,
      },
    });
    expect(await site.run({ pipeline: tinyPipeline('untraced') })).toMatchObject({ outcome: 'published' });
    for (const said of ['traces cannot be sent, and are dropped', 'lineage is not told: '])
      await eventually(said, () => worker.log().includes(said), 30_000);
    await worker.stop();
  });
  await collector.close();
});

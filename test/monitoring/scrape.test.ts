/** What really comes out of a worker's runtime, by the names that rules and dashboards go by. */
import { createServer } from 'node:net';
import { Runtime } from '@temporalio/worker';
import { pino } from 'pino';
import { metrics } from '../../src/activities/metrics';
import { METRICS } from '../../src/domain/metrics';
import { installRuntime } from '../../src/log';
import { freePort } from '../support/ports';

afterAll(async () => await Runtime.instance().shutdown());

const quiet = pino({ level: 'silent' });
const listen = async (port: number) =>
  await new Promise<ReturnType<typeof createServer>>((resolve) => {
    const server = createServer().listen(port, '127.0.0.1', () => resolve(server));
  });

test('an address that is taken is said with what to do', async () => {
  const port = await freePort();
  const other = await listen(port);
  expect(() => installRuntime(quiet, { metrics: `127.0.0.1:${port}` })).toThrow(
    new RegExp(
      `^DAYBREAK_METRICS=127.0.0.1:${port}: metrics cannot be served there .*in use[^]*next: choose another port`,
    ),
  );
  other.close();
});

test('all metrics come out under their names, with their kinds and texts', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  installRuntime(quiet, { metrics: address });
  const told = metrics(Runtime.instance().metricMeter);
  const now = new Date();
  told.stepDone('shop', 'planRun', 1.5);
  told.stepRetried('shop', 'planRun');
  const source = { name: 'orders', rows: 9, quarantined: 1, parts: 1, resumedParts: 0, cut: null, seconds: 1 };
  const check = {
    name: 'a',
    subject: 'orders',
    severity: 'error',
    outcome: 'pass',
    observed: '',
    expected: '',
  } as const;
  const run = { pipeline: 'shop', outcome: 'published', live: '2026-03-01-abc', seconds: 70 } as const;
  told.runEnded({ ...run, sources: [source], checks: [check] }, 'UTC', now);
  told.watchLooked('shop', { now, slackSeconds: 1, open: { routine: 0, degraded: 0, critical: 0 } });
  told.messageTried('shop', 'pager', 'sent');
  told.undelivered('shop', 'pager', 0);
  const response = await fetch(`http://${address}/metrics`);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
  const text = await response.text();
  for (const { name, kind, help } of Object.values(METRICS)) {
    expect(text).toContain(`# TYPE ${name} ${kind}\n`);
    expect(text).toContain(`# HELP ${name} ${help}\n`);
  }
  expect(text).toContain(
    `daybreak_run_ended_timestamp_seconds{outcome="published",pipeline="shop"} ${now.getTime() / 1000}`,
  );
  expect(text).toContain('daybreak_run_duration_seconds_bucket{outcome="published",pipeline="shop",le="60"} 0');
  expect(text).toContain('daybreak_run_duration_seconds_bucket{outcome="published",pipeline="shop",le="300"} 1');
  expect(text).toContain('daybreak_step_retries_total{pipeline="shop",step="planRun"} 1');
});

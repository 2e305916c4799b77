/** A run that was recorded once replays on the workflows of today: who breaks this breaks runs that are under way. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Resource } from '@opentelemetry/resources';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { OpenTelemetryPlugin } from '@temporalio/interceptors-opentelemetry';
import { temporal } from '@temporalio/proto';
import { bundleWorkflowCode, DefaultLogger, type ReplayWorkerOptions, Runtime, Worker } from '@temporalio/worker';

const codePath = resolve(__dirname, '..', '..', 'dist', 'workflow-bundle.js');
const read = (name: string) => readFileSync(join(__dirname, `${name}.json`), 'utf8');
const recorded = read('tiny-run');
const failed = read('broken-run');
const reported = read('reported-run');
const notified = read('notified-run');
const watched = read('watch-night');
const incident = read('incident-night');

beforeAll(() => {
  if (!existsSync(codePath)) throw new Error(`there is no ${codePath}; next: npm run build`);
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
});

const replay = async (
  text: string,
  workflowId = 'tiny-run',
  options: ReplayWorkerOptions = { workflowBundle: { codePath } },
) => {
  const history = temporal.api.history.v1.History.fromObject(JSON.parse(text) as Record<string, unknown>);
  await Worker.runReplayHistory(options, history, workflowId);
};

test('the recorded run is a complete one, and nobody is named in it', () => {
  expect(recorded).toContain('EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED');
  for (const step of ['planRun', 'extract_numbers', 'transform_total', 'publishEdition', 'sweepStore'])
    expect(recorded).toContain(`"name": "${step}"`);
  expect(recorded).not.toMatch(/\d@(?!1\.|worker)[\w-]+"/);
});

test('the other one failed in a model, skipped what depends on it, and nobody is named in it either', () => {
  expect(failed).toContain('EVENT_TYPE_WORKFLOW_EXECUTION_FAILED');
  for (const step of ['transform_spoilt', 'transform_total', 'sweepStore'])
    expect(failed).toContain(`"name": "${step}"`);
  for (const step of ['transform_after_spoilt', 'validate_data_quality', 'publishEdition'])
    expect(failed).not.toContain(`"name": "${step}"`);
  expect(failed).not.toMatch(/\d@(?!1\.|worker)[\w-]+"/);
});

test('one was recorded before there were reports, another one after', () => {
  expect(recorded).not.toContain('update_dashboard');
  expect(reported).toContain('EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED');
  expect(reported.indexOf('"name": "update_dashboard"')).toBeGreaterThan(reported.indexOf('"name": "publishEdition"'));
  expect(reported).not.toMatch(/\d@(?!1\.|worker)[\w-]+"/);
});

test('one was recorded before runs told their end, another one after', () => {
  expect(reported).not.toContain('"name": "notify"');
  expect(notified).toContain('EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED');
  expect(notified.indexOf('"name": "notify"')).toBeGreaterThan(notified.indexOf('"name": "sweepStore"'));
  expect(notified).not.toMatch(/\d@(?!1\.|worker)[\w-]+"/);
});

test('no path of the machine that recorded them is in their texts', () => {
  for (const text of [recorded, failed, reported, notified, watched, incident]) {
    const decoded = text.replaceAll(/"data": "([^"]+)"/g, (_, data: string) => Buffer.from(data, 'base64').toString());
    const paths = decoded.match(/(?<=["'\s(])\/[\w.-]+\/[\w./-]+/g) ?? [];
    expect(paths.filter((path) => !/^\/(pipelines|home\/daybreak)\//.test(path))).toEqual([]);
  }
});

test('a night was watched that rang, was taken on and ended well, and nobody is named in it', () => {
  for (const step of ['observe', 'tellIncident']) expect(watched).toContain(`"name": "${step}"`);
  expect(incident).toContain('"name": "send"');
  expect(incident).toContain('EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED');
  const told = (text: string) =>
    text.replaceAll(/"data": "([^"]+)"/g, (_, data: string) => Buffer.from(data, 'base64').toString());
  for (const event of ['opened', 'raised', 'acknowledged', 'resolved'])
    expect(told(incident)).toContain(`"event":"${event}"`);
  for (const text of [watched, incident]) expect(text).not.toMatch(/\d@(?!1\.|worker)[\w-]+"/);
});

test('the watch of that night replays, and so does its incident', async () => {
  await replay(watched, 'daybreak-watch-shop');
  await replay(incident, 'daybreak-incident');
});

test('a watch that told nobody does not', async () => {
  const other = watched.replaceAll('"tellIncident"', '"tellSomebodyElse"');
  expect(other).not.toBe(watched);
  await expect(replay(other, 'daybreak-watch-shop')).rejects.toThrow(/[Nn]ondeterminism/);
});

test('the recorded run replays', async () => {
  await replay(recorded);
});

test('the run with a report replays', async () => {
  await replay(reported, 'reported-run');
});

test('the run that told its end replays', async () => {
  await replay(notified, 'notified-run');
});

test('the failed run replays', async () => {
  await replay(failed, 'broken-run');
});

test('all replay where a worker has begun to trace', async () => {
  const spanProcessor = new SimpleSpanProcessor(new InMemorySpanExporter());
  const plugins = [new OpenTelemetryPlugin({ resource: Resource.empty(), spanProcessor })];
  const workflowsPath = join(dirname(codePath), 'workflows', 'index.js');
  const workflowBundle = await bundleWorkflowCode({ workflowsPath, plugins, logger: new DefaultLogger('ERROR') });
  for (const [name, text] of Object.entries({ recorded, reported, failed }))
    await replay(text, name, { workflowBundle, plugins });
});

test('a run that went another way does not', async () => {
  const other = recorded.replaceAll('"validate_sources"', '"validate_something_else"');
  expect(other).not.toBe(recorded);
  await expect(replay(other)).rejects.toThrow(/[Nn]ondeterminism/);
});

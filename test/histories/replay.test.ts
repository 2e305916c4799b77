/** A run that was recorded once replays on the workflows of today: who breaks this breaks runs that are under way. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { temporal } from '@temporalio/proto';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';

const codePath = resolve(__dirname, '..', '..', 'dist', 'workflow-bundle.js');
const recorded = readFileSync(join(__dirname, 'tiny-run.json'), 'utf8');

beforeAll(() => {
  if (!existsSync(codePath)) throw new Error(`there is no ${codePath}; next: npm run build`);
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
});

const replay = async (text: string) => {
  const history = temporal.api.history.v1.History.fromObject(JSON.parse(text) as Record<string, unknown>);
  await Worker.runReplayHistory({ workflowBundle: { codePath } }, history, 'tiny-run');
};

test('the recorded run is a complete one, and nobody is named in it', () => {
  expect(recorded).toContain('EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED');
  for (const step of ['planRun', 'extract_numbers', 'transform_total', 'publishEdition', 'sweepStore'])
    expect(recorded).toContain(`"name": "${step}"`);
  expect(recorded).not.toMatch(/\d@(?!1\.|worker)[\w-]+"/);
});

test('the recorded run replays', async () => {
  await replay(recorded);
});

test('a run that went another way does not', async () => {
  const other = recorded.replaceAll('"validate_sources"', '"validate_something_else"');
  expect(other).not.toBe(recorded);
  await expect(replay(other)).rejects.toThrow(/[Nn]ondeterminism/);
});

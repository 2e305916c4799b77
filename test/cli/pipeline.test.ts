/** Which pipeline and which store a command is about, called in this process from folders of its own; nothing is started. */
import { existsSync, mkdirSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesStore } from '../../src/adapters/stores/files';
import { diffCommand } from '../../src/cli/diff';
import { editionsCommand, rollbackCommand } from '../../src/cli/editions';
import { createOutput } from '../../src/cli/output';
import { expectPipeline, pipelineOf } from '../../src/cli/pipeline';
import { planCommand } from '../../src/cli/plan';
import { quarantineCommand } from '../../src/cli/quarantine';
import { queryCommand } from '../../src/cli/query';
import { reportCommand } from '../../src/cli/report';
import { runCommand, runLine } from '../../src/cli/run';
import { type Session, withoutRuns } from '../../src/cli/session';
import { statusCommand } from '../../src/cli/status';
import { testCommand } from '../../src/cli/test';
import { validateCommand } from '../../src/cli/validate';
import { loadConfig } from '../../src/config';
import { newStoreText } from '../../src/published/store';
import { removeTemporaryFolders, temporaryFolder } from '../dev/temporary';
import { commandsInProcess } from '../support/in-process';
import { tinyPipeline } from '../workflows/folders';

jest.setTimeout(120_000);

const printed = commandsInProcess();

/** An empty folder with a pipeline `gym` in it, worked in. */
function workshop(): { readonly work: string; readonly gym: string } {
  const work = realpathSync(temporaryFolder());
  const gym = join(work, 'gym');
  renameSync(tinyPipeline('gym'), gym);
  process.chdir(work);
  return { work, gym };
}

afterAll(removeTemporaryFolders);

const output = createOutput({ color: false }, {});
const messageOf = async (command: Promise<unknown>): Promise<string> =>
  await command.then(
    () => 'nothing',
    (error: Error) => error.message,
  );

test('the named pipeline, else that of the working directory, else the shipped one', async () => {
  const { gym } = workshop();
  expect(await pipelineOf('gym', output)).toBe(gym);
  expect(await pipelineOf('elsewhere', output)).toBe('elsewhere');
  expect(printed.stderr).toBe('');
  expect(await pipelineOf(undefined, output)).toBe('customer-analytics');
  expect(printed.stderr).toBe('pipeline customer-analytics, the shipped one: this folder has no pipeline.yaml\n');
  process.chdir(gym);
  printed.stderr = '';
  expect(await pipelineOf(undefined, output)).toBe(gym);
  expect(printed.stderr).toBe('pipeline gym, of this folder\n');
  // One whose name cannot be read is still that of this folder.
  writeFileSync('pipeline.yaml', 'name: [\n');
  expect(await pipelineOf(undefined, createOutput({ quiet: true }, {}))).toBe(gym);
  expect(printed.stderr).toBe('pipeline gym, of this folder\n');
});

test('every command is about the pipeline of the working directory, and asking makes no store', async () => {
  const { gym } = workshop();
  process.chdir(gym);
  const none =
    'gym has no live edition yet in the store .daybreak, which is not there\nnext: publish one with `daybreak run`;';
  const table = { limit: 5 };
  expect(await messageOf(queryCommand('SELECT 1', table))).toContain(none);
  expect(await messageOf(reportCommand(undefined, {}))).toContain(none);
  expect(await messageOf(diffCommand('previous', 'live', table))).toContain(none);
  expect(await messageOf(rollbackCommand(undefined, { why: 'a test' }))).toContain(none);
  expect(await messageOf(quarantineCommand(undefined, table))).toContain(
    'no run of gym is planned in the store .daybreak, which is not there',
  );
  expect(await messageOf(quarantineCommand('nobody', table))).toContain(
    'there is no run nobody in the store .daybreak',
  );
  expect(await messageOf(statusCommand('r', { ...table, evidence: 'evidence/r' }))).toContain(
    'there is no evidence evidence/r in the store .daybreak, which is not there',
  );
  expect(printed.stdout).toBe('');
  expect(await editionsCommand({})).toBe(0);
  expect(printed.stdout).toContain(none);
  expect(printed.stdout).toContain('--pipeline names another pipeline; another store is that of another working');
  printed.stdout = '';
  expect(await editionsCommand({ json: true })).toBe(0);
  expect(JSON.parse(printed.stdout)).toEqual([]);
  // These read more than its name; the shipped one has no mistake.
  writeFileSync('pipeline.yaml', 'name: gym\nzone: Nowhere\n');
  const wrong = expect.stringContaining('pipeline.yaml:2:7 zone: ');
  expect(await messageOf(validateCommand(undefined, {}))).toEqual(wrong);
  expect(await messageOf(planCommand(undefined, {}))).toEqual(wrong);
  expect(await messageOf(testCommand('total', [], {}))).toEqual(wrong);
  expect(existsSync('.daybreak')).toBe(false);
});

test('a store that is there and has nothing, and one in a folder above that may be meant', async () => {
  const { work, gym } = workshop();
  const { id } = await filesStore(join(work, '.daybreak', 'store'));
  expect(id).not.toBe('');
  expect(await messageOf(queryCommand('SELECT 1', { limit: 1, pipeline: 'gym' }))).toMatch(
    /^gym has no live edition yet in the store \.daybreak\nnext: publish one with `daybreak run gym`; .*; another store is/,
  );
  process.chdir(gym);
  const above = 'there is a store above: set DAYBREAK_HOME=../.daybreak, or work where it is';
  expect(await messageOf(queryCommand('SELECT 1', { limit: 1 }))).toContain(above);
  expect(newStoreText(join(gym, '.daybreak'))).toBe(
    'making a store in .daybreak; there is one above: DAYBREAK_HOME=../.daybreak would take that',
  );
  // Outside of the working directory it is named whole.
  process.env.DAYBREAK_HOME = join(work, '.daybreak');
  const told = await messageOf(queryCommand('SELECT 1', { limit: 1 }));
  expect(told).toContain(`in the store ${join(work, '.daybreak')}\n`);
  expect(told).not.toContain('above');
});

test('a pipeline where an edition or a run is expected', async () => {
  workshop();
  const hint = 'gym is a pipeline: write --pipeline gym';
  expect(await messageOf(reportCommand('gym', {}))).toContain(hint);
  expect(await messageOf(diffCommand('gym', 'live', { limit: 1 }))).toContain(hint);
  expect(await messageOf(quarantineCommand('gym', { limit: 1 }))).toContain(hint);
  const path = await messageOf(reportCommand('../../../..', {}));
  expect(path).toContain('there is no edition ../../../.. of customer-analytics');
  expect(path).not.toContain(hint);
});

test('run: a pipeline that is not here is refused before anything is started, and the nearest one named', async () => {
  const { work } = workshop();
  mkdirSync(join(work, 'gymn'));
  expect(await messageOf(runCommand('gymm', {}))).toMatch(/^there is no pipeline "gymm"; did you mean gym\?/);
  expect(await messageOf(runCommand('customer-analytic', {}))).toContain('did you mean customer-analytics?');
  process.chdir('gymn');
  expect(await messageOf(runCommand('../gymm', {}))).toContain('did you mean ../gym?');
  expect(existsSync(join(work, '.daybreak'))).toBe(false);
  expect(printed).toEqual({ stdout: '', stderr: '' });
});

test('run: where a server is configured, its worker may know a pipeline that is not here', async () => {
  workshop();
  const config = loadConfig({ TEMPORAL_ADDRESS: 'far:7233' });
  await expectPipeline('gymm', { config, output });
  expect(printed.stderr).toBe(
    'there is no pipeline "gymm"; did you mean gym?; it is not here, but the worker may know it\n',
  );
});

test('the link to the Web UI says when its server ends with the command', () => {
  const session = { link: () => 'http://ui', ownServer: false } as unknown as Session;
  const run = { workflowId: 'gym-1' };
  expect(runLine(session, run, output)).toBe('gym-1  http://ui');
  expect(runLine({ ...session, ownServer: true }, run, output)).toMatch(/ends with the command; `daybreak dev` shows/);
  expect(runLine({ ...session, link: () => null }, run, output)).toBe('gym-1');
});

test('no server is started where none ever was', async () => {
  const { work } = workshop();
  const { temporal, ...config } = loadConfig({});
  const away = { ...config, temporal: { ...temporal, address: '127.0.0.1:1' } };
  expect((await withoutRuns(away))?.message).toMatch(
    /^no run yet: no Temporal server is at 127\.0\.0\.1:1, and none was started in \.daybreak\nnext: start a run/,
  );
  expect(await withoutRuns({ ...away, temporal: { ...away.temporal, configured: true } })).toBeUndefined();
  mkdirSync(join(work, '.daybreak'));
  writeFileSync(join(work, '.daybreak', 'temporal.db'), '');
  expect(await withoutRuns(away)).toBeUndefined();
});

/** The scripts around the build: the workflow bundle and what it must not contain, and the command before a build. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { removeTemporaryFolders, temporaryFolder } from './temporary';

const root = join(__dirname, '..', '..');

afterAll(removeTemporaryFolders);

/** A build's output with one workflow; gives what bundling it says. */
function built(workflow: string) {
  const folder = temporaryFolder();
  const dist = join(folder, 'dist');
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(dist, path)), { recursive: true });
    writeFileSync(join(dist, path), text);
  };
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  write('domain/days.js', 'exports.days = 28;');
  write('adapters/store.js', 'exports.store = {};');
  write('workflows/index.js', workflow);
  return {
    write,
    bundle: join(dist, 'workflow-bundle.js'),
    run: () => {
      const script = join(root, 'scripts', 'bundle-workflows.js');
      const { status, stderr } = spawnSync(process.execPath, [script, dist], { encoding: 'utf8' });
      return { status, stderr };
    },
  };
}

const WORKFLOW = `
  const { sleep } = require('@temporalio/workflow');
  const { days } = require('../domain/days');
  exports.customerAnalytics = async () => { await sleep(1); return days; };`;

test('bundles workflows and what they use of the domain; again only when a file is newer', () => {
  const project = built(WORKFLOW);
  expect(project.run()).toEqual({ status: 0, stderr: '' });
  const { mtimeMs } = statSync(project.bundle);
  expect(project.run().status).toBe(0);
  expect(statSync(project.bundle).mtimeMs).toBe(mtimeMs);

  project.write('domain/days.js', 'exports.days = 7;');
  const later = Date.now() / 1000 + 5;
  utimesSync(join(dirname(project.bundle), 'domain', 'days.js'), later, later);
  expect(project.run().status).toBe(0);
  expect(statSync(project.bundle).mtimeMs).toBeGreaterThan(mtimeMs);
});

test('refuses another part of ours, and a package that workflows must not use', () => {
  const project = built(`${WORKFLOW} require('../adapters/store'); require('zod');`);
  const { status, stderr } = project.run();
  expect(status).toBe(1);
  expect(stderr).toContain('adapters/store.js, which is not a workflow or domain module');
  expect(stderr).toContain('zod, which workflow code must not use');
  expect(stderr).toContain('\nnext: import it as a type only');
  expect(existsSync(project.bundle)).toBe(false);
});

test('refuses what only Node has', () => {
  const project = built(`${WORKFLOW} require('node:fs');`);
  const { status, stderr } = project.run();
  expect(status).toBe(1);
  expect(stderr).toMatch(/node:fs/);
  expect(stderr).toMatch(/the workflows cannot be bundled: [^]*\nnext: take the import out/);
});

test('without a build there is nothing to bundle', () => {
  const script = join(root, 'scripts', 'bundle-workflows.js');
  const { status, stderr } = spawnSync(process.execPath, [script, temporaryFolder()], { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^no compiled workflows at .*index\.js\nnext: npm run build\n$/);
});

test('the command says that it is not built yet', () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'bin'));
  copyFileSync(join(root, 'bin', 'daybreak.js'), join(folder, 'bin', 'daybreak.js'));
  const result = spawnSync(process.execPath, [join(folder, 'bin', 'daybreak.js'), '--help'], { encoding: 'utf8' });
  expect(result.status).toBe(2);
  expect(result.stdout).toBe('');
  expect(result.stderr).toBe('daybreak is not built yet: there is no dist/cli/main.js\nnext: npm run build\n');
});

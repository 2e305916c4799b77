/** The scripts around the build: the workflow bundle and what it must not contain, programs of one file, and the command before a build. */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
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

/** Runs a line of JavaScript beside the loader of programs. */
const beside = (folder: string, line: string) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', line], { cwd: folder, encoding: 'utf8' });
  return { status, stdout, stderr };
};

test('each program of the build is one file, and starts from what this Node has compiled of it', () => {
  const folder = join(root, 'dist', 'programs');
  const files = readdirSync(folder).filter((name) => /-[0-9a-f]{12}\.js$/.test(name));
  expect(files.map((name) => name.replace(/-[0-9a-f]{12}\.js$/, '')).toSorted()).toEqual([
    'cli',
    'engine',
    'worker',
    'workflow-thread',
  ]);
  const looks = `
    const { readFileSync } = require('node:fs');
    const { wrap } = require('node:module');
    for (const name of ${JSON.stringify(files)}) {
      const cachedData = readFileSync(name + '.compiled');
      console.log(new (require('node:vm').Script)(wrap(readFileSync(name, 'latin1')), { cachedData }).cachedDataRejected);
    }`;
  expect(beside(folder, looks)).toEqual({ status: 0, stdout: 'false\n'.repeat(files.length), stderr: '' });
  for (const entry of ['worker.js', 'cli/main.js', 'adapters/engines/duckdb/process.js'])
    expect(readFileSync(join(root, 'dist', entry), 'utf8')).toMatch(/^'use strict';\nrequire\('\S+'\)\.load\(module, /);
});

test('a program runs the same without compiled code, with it, and with what is none', () => {
  const folder = temporaryFolder();
  copyFileSync(join(root, 'scripts', 'load-program.js'), join(folder, 'load-program.js'));
  writeFileSync(
    join(folder, 'adds.js'),
    "exports.loadAll = () => {};\nif (require.main === module || module.id === '[eval]') console.log([1, 2].map((n) => n + 1).join());\n",
  );
  const start = () => beside(folder, "require('./load-program').load(module, 'adds.js')");
  const good = { status: 0, stdout: '2,3\n', stderr: '' };
  expect(start()).toEqual(good);
  expect(spawnSync(process.execPath, ['load-program.js', 'adds.js'], { cwd: folder }).status).toBe(0);
  expect(existsSync(join(folder, 'adds.js.compiled'))).toBe(true);
  expect(start()).toEqual(good);
  writeFileSync(join(folder, 'adds.js.compiled'), 'of another Node');
  expect(start()).toEqual(good);
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

'use strict';
/**
 * Finds or gets Prometheus and promtool for the tests of deploy/, and prints their paths as JSON: those on the PATH, else
 * in our cache, else built by Go. Needs `npm run build` before. Usage: node scripts/ensure-prometheus.js [--present |
 * --if-possible]; with the first nothing is made, with the second it is no failure where nothing can be had.
 */
const { execFile } = require('node:child_process');
const { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } = require('node:fs');
const { join } = require('node:path');
const { promisify } = require('node:util');
const { loadConfig } = require('../dist/config');
const { withLock } = require('../dist/dev/file-lock');
const { onPath } = require('../dist/dev/temporal-install');

/** Prometheus 3.16. */
const VERSION = 'v0.316.0';
const NAMES = ['prometheus', 'promtool'];
const folder = join(loadConfig().cache, `prometheus-${VERSION}`);
const executable = (name) => (process.platform === 'win32' ? `${name}.exe` : name);

const pathsOf = (find) => Object.fromEntries(NAMES.map((name) => [name, find(name)]));
const isWhole = (paths) => NAMES.every((name) => paths[name] !== undefined && existsSync(paths[name]));

function present() {
  const ways = [pathsOf((name) => onPath(name, process.env)[0]), pathsOf((name) => join(folder, executable(name)))];
  return ways.find(isWhole);
}

async function build() {
  const [go] = onPath('go', process.env);
  if (go === undefined) throw new Error('there is no Go on the PATH either');
  process.stderr.write(`building Prometheus ${VERSION} with Go, once: takes 3 to 5 minutes on 2 cores\n`);
  const making = mkdtempSync(join(loadConfig().cache, 'making-'));
  // A cross-compiling environment would build for another machine, and Go refuses GOBIN then.
  const { GOOS: _os, GOARCH: _arch, ...env } = process.env;
  const packages = NAMES.map((name) => `github.com/prometheus/prometheus/cmd/${name}@${VERSION}`);
  try {
    // Without the clouds that it can look for targets in, and without its pages.
    const args = ['install', '-trimpath', '-ldflags=-s -w', '-tags', 'remove_all_sd', ...packages];
    await promisify(execFile)(go, args, { env: { ...env, GOBIN: making, CGO_ENABLED: '0' }, maxBuffer: 10_000_000 });
    rmSync(folder, { recursive: true, force: true });
    renameSync(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

async function find(mayBuild) {
  const found = present();
  if (found !== undefined) return found;
  try {
    if (!mayBuild) throw new Error('they are neither on the PATH nor in the cache');
    mkdirSync(loadConfig().cache, { recursive: true });
    const waiting = (pid) => process.stderr.write(`process ${pid} is building Prometheus: waiting for it\n`);
    await withLock(`${folder}.lock`, waiting, async () => {
      if (present() === undefined) await build();
    });
    return present();
  } catch (error) {
    throw new Error(
      `found no prometheus and promtool, which the tests of deploy/ need: ${String(error.message).slice(-1_000).trim()}\n` +
        'next: install Prometheus 2.42 or newer, such as with apt-get install prometheus or brew install prometheus;\n' +
        '  or install Go 1.26 or newer, and run: npm run build && node scripts/ensure-prometheus.js',
      { cause: error },
    );
  }
}

const [option] = process.argv.slice(2);
find(option !== '--present').then(
  (paths) => process.stdout.write(`${JSON.stringify(paths)}\n`),
  (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = option === '--if-possible' ? 0 : 1;
  },
);

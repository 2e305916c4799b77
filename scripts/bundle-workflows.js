'use strict';
/**
 * Bundles the compiled workflows, so that a worker starts without webpack, and refuses what must not be in them.
 * Usage: node scripts/bundle-workflows.js [dist]
 */
const { existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } = require('node:fs');
const { join, relative, resolve, sep } = require('node:path');

const root = resolve(__dirname, '..');
const dist = resolve(process.argv[2] ?? join(root, 'dist'));
const workflowsPath = join(dist, 'workflows', 'index.js');
const bundlePath = join(dist, 'workflow-bundle.js');
/** Of our own code, what workflows are made of. */
const ALLOWED_FOLDERS = ['workflows', 'domain'];
/** Of our dependencies, what workflows may use; what these bring along is theirs to answer for. */
const ALLOWED_PACKAGES = ['@temporalio/workflow', '@temporalio/common', '@temporalio/proto', 'protobufjs'];

function fail(what, next) {
  process.stderr.write(`${what}\nnext: ${next}\n`);
  process.exit(1);
}

const newest = (paths) => Math.max(0, ...paths.map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0));

/** Every compiled file of a folder, and the folder itself: a removed file is a change too. */
function filesOf(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory() || entry.name.endsWith('.js'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .concat(folder);
}

function isFresh() {
  const inputs = ALLOWED_FOLDERS.flatMap((name) => filesOf(join(dist, name)));
  const changed = newest([...inputs, join(root, 'package-lock.json'), __filename]);
  return existsSync(bundlePath) && newest([bundlePath]) > changed;
}

/** The name of the package that a file belongs to: the innermost, as `node_modules` nest. */
function packageOf(file) {
  const [scope, name] = file.split(`${sep}node_modules${sep}`).at(-1).split(sep);
  return scope.startsWith('@') ? `${scope}/${name}` : scope;
}

/** Why a file must not be part of the bundle; undefined when it may. */
function objection(file, forbiddenPackages) {
  if (file.includes(`${sep}node_modules${sep}`)) {
    const name = packageOf(file);
    return forbiddenPackages.has(name) ? `${name}, which workflow code must not use` : undefined;
  }
  const inside = relative(dist, file);
  if (inside.startsWith('..') || ALLOWED_FOLDERS.includes(inside.split(sep)[0])) return undefined;
  return `${inside}, which is not a workflow or domain module`;
}

async function main() {
  if (!existsSync(workflowsPath)) fail(`no compiled workflows at ${workflowsPath}`, 'npm run build');
  if (isFresh()) return;

  const { bundleWorkflowCode, DefaultLogger } = require('@temporalio/worker');
  const { dependencies } = require('../package.json');
  const forbidden = new Set(Object.keys(dependencies).filter((name) => !ALLOWED_PACKAGES.includes(name)));
  const objections = new Set();
  const inspect = {
    apply: (compiler) =>
      compiler.hooks.compilation.tap('daybreak', (compilation) =>
        compilation.hooks.finishModules.tap('daybreak', (modules) => {
          for (const { resource } of modules) {
            const found = resource && objection(resource, forbidden);
            if (found) objections.add(found);
          }
        }),
      ),
  };
  let code;
  try {
    ({ code } = await bundleWorkflowCode({
      workflowsPath,
      logger: new DefaultLogger('ERROR'),
      webpackConfigHook: (config) => ({ ...config, plugins: [...(config.plugins ?? []), inspect] }),
    }));
  } catch (error) {
    fail(
      `the workflows cannot be bundled: ${error.message}`,
      'take the import out of the workflow code, or make it a type import; what needs Node belongs into an activity',
    );
  }
  if (objections.size > 0) {
    fail(
      `the workflow bundle would contain:\n  ${[...objections].join('\n  ')}`,
      'import it as a type only, or move what workflows need into a domain module that does not use it',
    );
  }
  const temporary = `${bundlePath}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, code);
    renameSync(temporary, bundlePath);
  } finally {
    rmSync(temporary, { force: true });
  }
}

void main();

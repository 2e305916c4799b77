'use strict';
/**
 * Makes one file of each program, with V8's compiled code beside it: finding, reading and compiling the 1,100 files of
 * a worker is more than half of its start. The entry in `dist` becomes a line that loads the program, see
 * load-program.js; the other files of `dist` stay as they are. Usage, after tsc: node scripts/bundle-programs.js
 */
const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { dirname, join, relative, resolve, sep } = require('node:path');
const { build } = require('esbuild');

const root = resolve(__dirname, '..');
const dist = join(root, 'dist');
const folder = join(dist, 'programs');
const packages = join(root, 'node_modules');
const loader = join(__dirname, 'load-program.js');

const THREAD = join(packages, '@temporalio', 'worker', 'lib', 'workflow', 'workflow-worker-thread.js');
const ENTRIES = {
  worker: join(dist, 'worker.js'),
  cli: join(dist, 'cli', 'main.js'),
  engine: join(dist, 'adapters', 'engines', 'duckdb', 'process.js'),
};
const RENDER = join(dist, 'report', 'render.js');
/**
 * Where each program is started; `source` where that is another file than the one to bundle; `later`, modules that it
 * loads when it needs them, to be compiled too.
 */
const PROGRAMS = [
  { name: 'worker', entry: ENTRIES.worker, later: [RENDER] },
  { name: 'cli', entry: ENTRIES.cli, later: [...commands(), RENDER] },
  { name: 'engine', entry: ENTRIES.engine },
  { name: 'workflow-thread', entry: join(folder, 'workflow-thread.js'), source: THREAD },
];

function commands() {
  const names = readdirSync(dirname(ENTRIES.cli)).filter((name) => name.endsWith('.js'));
  return names.map((name) => join(dirname(ENTRIES.cli), name)).filter((path) => path !== ENTRIES.cli);
}

/** Native, with threads of their own, ES modules, or only for who runs from source. */
const OUTSIDE = ['@duckdb/node-bindings*', 'pino', 'source-map', 'open', 'webpack', 'memfs', '@swc/core', 'tsx'];

const posix = (path) => path.split(sep).join('/');

/** A path as an expression: within a package of ours by its name, else from the bundle's folder. */
const placeOf = (path) =>
  path.startsWith(packages)
    ? `require.resolve('${posix(relative(packages, path))}')`
    : `require('node:path').join(bundleFolder, '${posix(relative(folder, path))}')`;

/** Keeps what a file finds from where it is. */
function withPlaces(text, file) {
  const moved = text.replaceAll(/require\.resolve\('(\.[^']*)'\)/g, (_, path) => {
    const found = resolve(dirname(file), path);
    return placeOf(`${found}.js` === THREAD ? join(folder, 'workflow-thread.js') : found);
  });
  if (!/__dirname|__filename/.test(moved)) return moved;
  return `var __filename = ${placeOf(file)}, __dirname = require('node:path').dirname(__filename);\n${moved}`;
}

const places = ({ source, later }) => ({
  name: 'places',
  setup({ onLoad }) {
    const ours = (path) => !path.startsWith(packages) || path.startsWith(join(packages, '@temporalio'));
    onLoad({ filter: /\.js$/ }, ({ path }) => {
      if (!ours(path)) return undefined;
      const text = withPlaces(readFileSync(path, 'utf8'), path);
      const all = `exports.loadAll = () => { ${later.map((file) => `require('${posix(file)}');`).join(' ')} };`;
      return { contents: path === source && later.length > 0 ? `${text}\n${all}` : text, loader: 'js' };
    });
  },
});

async function bundle({ name, entry, source = entry, later = [] }) {
  const { outputFiles } = await build({
    entryPoints: [source],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    external: OUTSIDE,
    // React's development build is three times as large, and slower.
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [places({ source, later })],
    banner: { js: 'const bundleFolder = __dirname;' },
    logLevel: 'error',
  });
  const code = outputFiles[0].contents;
  // A name of its own for each content: compiled code is never met by another source.
  const file = `${name}-${createHash('sha256').update(code).digest('hex').slice(0, 12)}.js`;
  writeFileSync(join(folder, file), code);
  const path = posix(relative(dirname(entry), join(folder, 'load-program')));
  const text = `'use strict';\nrequire('${path.startsWith('.') ? path : `./${path}`}').load(module, '${file}');\n`;
  return { entry, text, file };
}

async function main() {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  writeFileSync(join(folder, 'load-program.js'), readFileSync(loader));
  // All are bundled before the first entry is replaced.
  const bundled = await Promise.all(PROGRAMS.map(bundle));
  for (const { entry, text } of bundled) writeFileSync(entry, text);
  for (const { file } of bundled) {
    const path = join(folder, file);
    // What it says, being loaded without a server, without words and without a parent, is of no interest.
    spawnSync(process.execPath, [join(folder, 'load-program.js'), file], { stdio: 'ignore' });
    if (!existsSync(`${path}.compiled`)) throw new Error(`${path} cannot be loaded`);
  }
}

void main();

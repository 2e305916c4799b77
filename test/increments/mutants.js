/**
 * Shows that the histories of this folder prove something: each safeguard is taken out in a copy of the sources, and the
 * histories must turn red. By hand, after a build: `node test/increments/mutants.js [histories]`.
 */
const { spawnSync } = require('node:child_process');
const { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join, resolve } = require('node:path');

const ROOT = resolve(__dirname, '..', '..');
const HISTORIES = process.argv[2] ?? '12';

/** What is taken out, in which file, and what stands there instead. */
const MUTANTS = [
  [
    'the check in the ledger before a chunk is read',
    'src/activities/extract-table.ts',
    'await services.ledger.findIntact(services.ledger.chunkKey(stretch.fingerprint, from))',
    'undefined as Receipt | undefined',
  ],
  [
    'the rule of late commits: the cut is the clock, whatever is open',
    'src/adapters/sources/postgres/cut.ts',
    'least(clock - UNSEEN, begun)',
    'least(clock - UNSEEN, null)',
  ],
  [
    'the declared lag of clocks that are behind',
    'src/adapters/sources/postgres/cut.ts',
    'BigInt(lag === undefined ? 0 : milliseconds(lag)) * 1000n',
    'BigInt(lag === undefined ? 0 : 0) * 1000n - 1_000_000n',
  ],
  [
    "the fence: an attempt's own names",
    'src/activities/extract-table.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a piece of the source
    '`parts/${name}.${key.slice(0, 24)}.${token}`',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a piece of the source
    '`parts/${name}.${key.slice(0, 24)}.${token.slice(0, 0)}`',
  ],
  [
    'the fence: the first commit wins',
    'src/adapters/stores/files.ts',
    'return { won: false, value: winner };',
    'await rm(documentPath(key));',
  ],
  [
    'the keys that are gone',
    'src/activities/layers.ts',
    'gone: index === fresh.length - 1 ? gone : undefined',
    'gone: undefined',
  ],
  [
    'the keys that are touched: older rows of a changed order stay',
    'src/adapters/engines/duckdb/layers.ts',
    'keysBy(layers, ({ touched }) => touched, parentKey, columns)',
    'keysBy(layers, ({ touched }) => touched.slice(0, 0), parentKey, columns)',
  ],
  [
    'the instant: lines that are gone of an order that changed meanwhile',
    'src/activities/deleted-rows.ts',
    'touched === undefined\n      ?',
    'touched === undefined || name !== undefined\n      ?',
  ],
  [
    'keys are counted by layer',
    'src/activities/check-table.ts',
    'of await newLayers(services, plan, source)) {\n    const delivered',
    'of [(await newLayers(services, plan, source)).flat()]) {\n    const delivered',
  ],
];

const copy = mkdtempSync(join(tmpdir(), 'daybreak-mutants-'));
const run = () =>
  spawnSync(process.execPath, [join('node_modules', 'jest', 'bin', 'jest.js'), 'test/increments/histories'], {
    cwd: copy,
    env: { ...process.env, HISTORIES },
    encoding: 'utf8',
  });

try {
  for (const name of ['src', 'test', 'package.json', 'jest.config.js', 'tsconfig.json'])
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  for (const name of ['node_modules', 'dist']) symlinkSync(join(ROOT, name), join(copy, name));
  const survivors = [];
  for (const [what, file, from, to] of [['nothing', 'package.json', '{', '{'], ...MUTANTS]) {
    const path = join(copy, file);
    const text = readFileSync(path, 'utf8');
    if (text.split(from).length < 2) throw new Error(`${file} has no ${from}`);
    writeFileSync(
      path,
      text.replace(from, () => to),
    );
    const started = Date.now();
    const { status, stderr } = run();
    writeFileSync(path, text);
    const why =
      /(?:Error|expect\(.*|[+] {2,}"?(?:observed|reads|wrong|failed).*|not in the ledger.*).*/.exec(stderr)?.[0] ?? '';
    const isRed = status !== 0;
    if (isRed === (what === 'nothing')) survivors.push(what);
    console.log(
      `${isRed ? 'red  ' : 'green'}  ${Math.round((Date.now() - started) / 1000)} s  without ${what}  ${isRed ? why.trim().slice(0, 100) : ''}`,
    );
  }
  if (survivors.length > 0) console.log(`not as it should be: ${survivors.join('; ')}`);
  process.exitCode = survivors.length > 0 ? 1 : 0;
} finally {
  rmSync(copy, { recursive: true, force: true });
}

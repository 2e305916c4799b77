/**
 * Shows that the tests of what is read of databases prove something: each safeguard is taken out in a copy of the sources,
 * and a test must turn red. By hand, after a build: `node test/increments/mutants.js`. A history is known by its seed; one
 * is chosen that needs the safeguard.
 */
const { spawnSync } = require('node:child_process');
const { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join, resolve } = require('node:path');

const ROOT = resolve(__dirname, '..', '..');

/** What is taken out, in which file, what stands there instead, and the test that needs it, with its first seed. */
const MUTANTS = [
  {
    without: 'the check in the ledger before a chunk is read',
    file: 'src/activities/extract-table.ts',
    from: 'await services.ledger.findIntact(services.ledger.chunkKey(stretch.fingerprint, from))',
    to: 'undefined as Receipt | undefined',
    test: 'increments/histories',
    seed: 2,
  },
  {
    without: 'the rule of late commits: the cut is the clock, whatever is open',
    file: 'src/adapters/sources/postgres/cut.ts',
    from: 'least(clock - UNSEEN, begun)',
    to: 'least(clock - UNSEEN, null)',
    test: 'increments/histories',
    seed: 7,
  },
  {
    without: 'the declared lag of clocks that are behind',
    file: 'src/adapters/sources/postgres/cut.ts',
    from: 'BigInt(lag === undefined ? 0 : milliseconds(lag)) * 1000n',
    to: 'BigInt(lag === undefined ? 0 : 0) * 1000n - 1_000_000n',
    test: 'increments/histories',
    seed: 3,
  },
  {
    without: "the fence: an attempt's own names",
    file: 'src/activities/token.ts',
    from: "randomUUID().replaceAll('-', '').slice(0, 12)",
    to: '0',
    test: 'activities/twins',
  },
  {
    without: 'the fence: the first commit wins',
    file: 'src/adapters/stores/files.ts',
    from: 'return { won: false, value: winner };',
    to: 'await rm(documentPath(key));',
    test: 'activities/twins',
  },
  {
    without: 'the fence, in a history of twins',
    file: 'src/activities/extract-table.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a piece of the source
    from: '`parts/${name}.${key.slice(0, 24)}.${token}`',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a piece of the source
    to: '`parts/${name}.${key.slice(0, 24)}.${token.slice(0, 0)}`',
    test: 'increments/histories',
    seed: 5,
  },
  {
    without: 'the keys that are gone',
    file: 'src/activities/layers.ts',
    from: 'gone: index === fresh.length - 1 ? gone : undefined',
    to: 'gone: undefined',
    test: 'increments/histories',
    seed: 2,
  },
  {
    without: 'the keys that are touched: older rows of a changed order stay',
    file: 'src/adapters/engines/duckdb/layers.ts',
    from: 'layers.slice(index + 1).flatMap((younger) => younger.touched)',
    to: 'layers.slice(index + 1).flatMap((younger) => younger.touched.slice(0, 0))',
    test: 'increments/histories',
    seed: 2,
  },
  {
    without: 'the instant: lines that are gone of an order that changed meanwhile',
    file: 'src/activities/deleted-rows.ts',
    from: "touched === undefined ? '' :",
    to: "touched === undefined || name !== '' ? '' :",
    test: 'increments/deleted-rows',
  },
  {
    without: 'keys counted by layer',
    file: 'src/activities/check-table.ts',
    from: 'for (const layer of await newLayers(services, plan, source)) {',
    to: 'for (const layer of [(await newLayers(services, plan, source)).flat()]) {',
    test: 'increments/histories',
    seed: 2,
  },
  {
    without: 'the proof that no row failed before, when only new ones are checked',
    file: 'src/activities/proven.ts',
    from: "proven.has(marks.get(one) ?? '')",
    to: 'marks.has(one)',
    test: 'increments/proven',
  },
  {
    without: 'parents that are gone, for references of rows that stay',
    file: 'src/activities/proven.ts',
    from: "(isWhole || one.check.type !== 'references')",
    to: '(isWhole || true)',
    test: 'increments/proven',
  },
  {
    without: 'uniqueness over all rows, where it is not by the parent',
    file: 'src/activities/proven.ts',
    from: 'table.parentKey.every((column) => check.columns.includes(column))',
    to: 'true',
    test: 'increments/proven',
  },
  {
    without: 'the keys that changes in inputs touch, for models',
    file: 'src/activities/increment.ts',
    from: 'if (keyed.includes(name)) keys.push',
    to: 'if (keyed.includes(`no ${name}`)) keys.push',
    test: 'increments/models',
    seed: 1,
  },
  {
    without: 'the keys that changes in lookups reach, for models',
    file: 'src/activities/increment.ts',
    from: 'if (table === name) keys.push',
    to: 'if (table === `no ${name}`) keys.push',
    test: 'increments/models',
    seed: 1,
  },
  {
    without: 'the self-check of models',
    file: 'src/activities/increment.ts',
    from: 'const found = await mismatch(work);',
    to: 'const found = undefined as string | undefined;',
    test: 'increments/self-check',
  },
];

const textOf = ({ file }) => readFileSync(join(ROOT, file), 'utf8');
const lost = MUTANTS.filter((mutant) => textOf(mutant).split(mutant.from).length !== 2);
if (lost.length > 0) {
  for (const { without, file, from } of lost)
    console.error(`${file} has not once what is to be taken out, "${from}" (${without})`);
  process.exit(2);
}

const copy = mkdtempSync(join(tmpdir(), 'daybreak-mutants-'));
const jest = ({ test, seed }) => {
  const started = Date.now();
  const { status, stderr } = spawnSync(
    process.execPath,
    [join('node_modules', 'jest', 'bin', 'jest.js'), `test/${test}`],
    { cwd: copy, env: { ...process.env, HISTORIES: '1', SEED: String(seed ?? 1) }, encoding: 'utf8' },
  );
  // What cannot be compiled shows nothing.
  if (status !== 0 && !stderr.includes('✕')) throw new Error(`${test} does not run:\n${stderr}`);
  return { isRed: status !== 0, stderr, seconds: Math.round((Date.now() - started) / 1000) };
};
const called = ({ test, seed }) => (seed === undefined ? test : `${test} ${seed}`);
/** What the test had to say: the first thing that it found and did not expect, or the error. */
const whyOf = (stderr) => {
  const lines = stderr.split('\n').map((text) => text.trim());
  const differs = lines.filter((text) => /^[-+] +\S/.test(text) && !/^[-+] (Expected|Received) |[[{]$/.test(text));
  const found = differs.find((text) => text.startsWith('+')) ?? differs[0];
  return (found ?? lines.find((text) => /Error: /.test(text)) ?? '').slice(0, 90);
};
const line = (...cells) => console.log(cells.map((cell, at) => String(cell).padEnd([5, 4, 70, 26, 0][at])).join('  '));

try {
  for (const name of ['src', 'test', 'package.json', 'jest.config.js', 'tsconfig.json'])
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  for (const name of ['node_modules', 'dist']) symlinkSync(join(ROOT, name), join(copy, name));
  line('', 's', 'without', 'test', 'says');
  for (const [name, mutant] of new Map(MUTANTS.map((mutant) => [called(mutant), mutant]))) {
    const { isRed, seconds, stderr } = jest(mutant);
    line(isRed ? 'red' : 'green', seconds, 'anything: nothing is taken out', name);
    if (isRed) throw new Error(`it is red before anything is taken out:\n${stderr}`);
  }
  const survivors = [];
  for (const mutant of MUTANTS) {
    const { without, file, from, to } = mutant;
    const path = join(copy, file);
    writeFileSync(
      path,
      textOf(mutant).replace(from, () => to),
    );
    const { isRed, seconds, stderr } = jest(mutant);
    writeFileSync(path, textOf(mutant));
    if (!isRed) survivors.push(without);
    line(isRed ? 'red' : 'GREEN', seconds, without, called(mutant), isRed ? whyOf(stderr) : '');
  }
  console.log(`${MUTANTS.length - survivors.length} of ${MUTANTS.length} are found`);
  if (survivors.length > 0) console.error(`no test needs: ${survivors.join('; ')}`);
  process.exitCode = survivors.length > 0 ? 1 : 0;
} finally {
  rmSync(copy, { recursive: true, force: true });
}

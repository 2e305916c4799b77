'use strict';
/**
 * Runs a program that bundle-programs.js made, from V8's compiled code where that was made by this very Node; else V8
 * compiles the source, as always.
 */
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { createRequire, wrap } = require('node:module');
const { join } = require('node:path');
const { constants, Script } = require('node:vm');
const { isMainThread, Worker } = require('node:worker_threads');

function scriptOf(file) {
  const filename = join(__dirname, file);
  const compiled = `${filename}.compiled`;
  const script = new Script(wrap(readFileSync(filename, 'latin1')), {
    filename,
    ...(existsSync(compiled) ? { cachedData: readFileSync(compiled) } : {}),
    importModuleDynamically: constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  return {
    run: (module) =>
      script
        .runInThisContext()
        .call(module.exports, module.exports, createRequire(filename), module, filename, __dirname),
    keep: () => writeFileSync(compiled, script.createCachedData()),
  };
}

exports.load = (module, file) => scriptOf(file).run(module);

/** Loads all of a program, and keeps what V8 has compiled for that. */
function compile(file) {
  const script = scriptOf(file);
  const module = { exports: {} };
  script.run(module);
  module.exports.loadAll?.();
  process.once('exit', script.keep);
  if (!isMainThread) process.exit();
}

if (require.main === module) {
  const [file] = process.argv.slice(2);
  // A program for threads runs in threads only.
  if (isMainThread && file.startsWith('workflow-thread')) {
    new Worker(__filename, { argv: [file] }).once('error', (error) => {
      throw error;
    });
  } else compile(file);
}

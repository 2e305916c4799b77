'use strict';
/** Finds or gets the Temporal CLI, as `daybreak demo` does, and prints its path. Needs `npm run build` before. */
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const dist = join(__dirname, '..', 'dist');
if (existsSync(join(dist, 'dev', 'temporal-binary.js'))) {
  const { findTemporal } = require(join(dist, 'dev', 'temporal-binary'));
  const { loadConfig } = require(join(dist, 'config'));
  findTemporal({
    cacheDir: loadConfig(process.env).cache,
    onProgress: (line) => process.stderr.write(`${line}\n`),
  }).then(
    (path) => process.stdout.write(`${path}\n`),
    (error) => {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    },
  );
} else {
  process.stderr.write('daybreak is not built yet: there is no dist/dev/temporal-binary.js\nnext: npm run build\n');
  process.exitCode = 2;
}

'use strict';
/**
 * In place of tsx, for the processes that a test starts: a source file that is compiled, and not older than what it was
 * compiled from, is run from `dist`; an engine starts in a third of the time. Anything else goes to tsx.
 */
const { existsSync, readdirSync, statSync } = require('node:fs');
const { extname, join, resolve, sep } = require('node:path');

const root = resolve(__dirname, '..', '..');
const source = join(root, 'src') + sep;
const entry = process.argv[1] ?? '';
const compiled = join(root, 'dist', entry.slice(source.length)).replace(/\.ts$/, '.js');

function isNewer() {
  const made = statSync(compiled).mtimeMs;
  const files = readdirSync(source, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return files.every((file) => statSync(join(file.parentPath, file.name)).mtimeMs <= made);
}

if (entry.startsWith(source) && extname(entry) === '.ts' && existsSync(compiled) && isNewer()) {
  require.extensions['.ts'] = (module) => {
    module.exports = require(compiled);
  };
} else {
  require('tsx/cjs/api').register();
}

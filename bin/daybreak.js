#!/usr/bin/env node
'use strict';

const { existsSync } = require('node:fs');
const { join } = require('node:path');

const main = join(__dirname, '..', 'dist', 'cli', 'main.js');
if (existsSync(main)) require(main);
else {
  process.stderr.write('daybreak is not built yet: there is no dist/cli/main.js\nnext: npm run build\n');
  process.exitCode = 2;
}

'use strict';
/**
 * Puts what draws reports into one file, in place: a worker reads it at once instead of some three hundred files, with
 * the React that is made for production.
 */
const { buildSync } = require('esbuild');
const { join } = require('node:path');

const renderer = join(__dirname, '..', 'dist', 'report', 'render.js');
buildSync({
  entryPoints: [renderer],
  outfile: renderer,
  allowOverwrite: true,
  bundle: true,
  platform: 'node',
  target: 'node20',
  define: { 'process.env.NODE_ENV': '"production"' },
  // Is there anyway.
  external: ['zod'],
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
});

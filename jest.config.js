const compile = (parser, transform = {}) => [
  '@swc/jest',
  { jsc: { parser, transform, target: 'es2022' }, module: { type: 'commonjs' } },
];

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: {
    '^.+\\.ts$': compile({ syntax: 'typescript' }),
    '^.+\\.tsx$': compile({ syntax: 'typescript', tsx: true }, { react: { runtime: 'automatic' } }),
  },
  moduleNameMapper: { '^tsx/cjs$': '<rootDir>/test/support/compiled.js' },
  testSequencer: '<rootDir>/test/support/sequencer.js',
  testTimeout: 60_000,
  // Many files wait for servers and workers more than they compute: on two cores three are quicker than two.
  maxWorkers: 3,
};

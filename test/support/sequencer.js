'use strict';
/**
 * The order of test files: in a fresh clone jest begins with the largest ones. These are small and wait for clocks: begun
 * last, they would keep one core waiting at the end.
 */
const { default: Sequencer } = require('@jest/test-sequencer');

const WAITING = ['cli/demo-night.test.ts', 'nights/nights.test.ts'];
const waits = ({ path }) => WAITING.some((file) => path.endsWith(file));

module.exports = class extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    return [...sorted.filter(waits), ...sorted.filter((test) => !waits(test))];
  }
};

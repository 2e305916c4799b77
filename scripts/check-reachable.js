'use strict';
/** Exit 0 when the Temporal server of TEMPORAL_ADDRESS answers: the worker container's health check. */
const { reachable } = require('../dist/dev/dev-server');

void reachable(process.env.TEMPORAL_ADDRESS ?? '127.0.0.1:7233', 5_000).then((answers) => {
  process.exitCode = answers ? 0 : 1;
});

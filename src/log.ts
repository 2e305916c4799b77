/** Logs by pino: JSON lines, or readable ones on a terminal; Temporal's own go the same way. */
import { DefaultLogger, type Logger as TemporalLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { type Logger, pino } from 'pino';
import type { Config } from './config';
import { exporter, notServed } from './metrics';

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

export function workerLogger(config: Pick<Config, 'logLevel'>): Logger {
  const readable = process.stderr.isTTY ? { transport: { target: 'pino-pretty', options: { destination: 2 } } } : {};
  const options = {
    name: 'daybreak',
    level: config.logLevel,
    redact: ['environment', '*.apiKey', '*.password'],
    ...readable,
  };
  return process.stderr.isTTY ? pino(options) : pino(options, pino.destination(2));
}

/** Of no use to who reads lines. */
const NOISE = ['taskToken', 'isLocal', 'activityId', 'sdkComponent'];

/** Temporal's metadata by our words: `workflowId`, `runId`, `step` and `attempt`, whichever part of it writes the line. */
function fieldsOf({ error, workflowRunId, activityType, ...meta }: Record<string, unknown>): Record<string, unknown> {
  return {
    ...Object.fromEntries(Object.entries(meta).filter(([name]) => !NOISE.includes(name))),
    ...(workflowRunId === undefined ? {} : { runId: workflowRunId }),
    ...(activityType === undefined ? {} : { step: activityType }),
    ...(error === undefined ? {} : { err: error }),
  };
}

/** Temporal's logger over ours. */
export const temporalLogger = (logger: Logger): TemporalLogger =>
  new DefaultLogger('DEBUG', ({ level, message, meta }) => {
    const fields = fieldsOf(meta ?? {});
    logger[LEVELS[level]](fields, message);
  });

/**
 * Sends Temporal's logs, also those of its core, to pino, and serves metrics where an address is given for them. Once a
 * process, before the first connection. Fails as `BadRequest` where nothing can be served.
 */
export function installRuntime(logger: Logger, { metrics }: Pick<Config, 'metrics'>): void {
  const logging = { filter: makeTelemetryFilterString({ core: 'WARN' }), forward: {} };
  try {
    Runtime.install({
      logger: temporalLogger(logger),
      telemetryOptions: { logging, ...(metrics === undefined ? {} : { metrics: exporter(metrics) }) },
      shutdownSignals: [],
    });
  } catch (error) {
    if (metrics === undefined) throw error;
    throw notServed(metrics, error);
  }
}

/** Logs by pino: JSON lines, or readable ones on a terminal; Temporal's own go the same way. */
import { DefaultLogger, type Logger as TemporalLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { type Logger, pino } from 'pino';
import type { Config } from './config';
import { exporter, notServed } from './metrics';

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

/**
 * Sends Temporal's logs, also those of its core, to pino, and serves metrics where an address is given for them. Once a
 * process, before the first connection. Fails as `BadRequest` where nothing can be served.
 */
export function installRuntime(logger: Logger, { metrics }: Pick<Config, 'metrics'>): void {
  const bridge: TemporalLogger = new DefaultLogger('DEBUG', ({ level, message, meta }) => {
    const { error, ...rest } = (meta ?? {}) as { error?: unknown };
    const fields = error === undefined ? rest : { ...rest, err: error };
    logger[
      level === 'TRACE'
        ? 'trace'
        : level === 'DEBUG'
          ? 'debug'
          : level === 'INFO'
            ? 'info'
            : level === 'WARN'
              ? 'warn'
              : 'error'
    ](fields, message);
  });
  const logging = { filter: makeTelemetryFilterString({ core: 'WARN' }), forward: {} };
  try {
    Runtime.install({
      logger: bridge,
      telemetryOptions: { logging, ...(metrics === undefined ? {} : { metrics: exporter(metrics) }) },
      shutdownSignals: [],
    });
  } catch (error) {
    if (metrics === undefined) throw error;
    throw notServed(metrics, error);
  }
}

/** Logs by pino: JSON lines, or readable ones on a terminal; Temporal's own go the same way. */
import { DefaultLogger, type Logger as TemporalLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { type Logger, pino } from 'pino';
import type { Config } from './config';

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

/** Sends Temporal's logs, also those of its core, to pino. Once a process, before the first connection. */
export function installRuntime(logger: Logger): void {
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
  Runtime.install({
    logger: bridge,
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'WARN' }), forward: {} } },
    shutdownSignals: [],
  });
}

/**
 * Traces by OpenTelemetry: a run, its steps, and their queries. Loaded only by a worker that is told where they go; how they
 * get there is said by the standard variables, which the exporter reads itself.
 */
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { diag, DiagLogLevel } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { envDetectorSync, Resource } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { OpenTelemetryPlugin } from '@temporalio/interceptors-opentelemetry';
import type { WorkerPlugin } from '@temporalio/worker';
import type { Logger } from 'pino';

export { tracedServices } from './engine';

/** Who collects may be away when the worker goes. */
const FLUSH_LIMIT_MS = 3_000;
const TOLD_EVERY_MS = 600_000;

export interface Tracing {
  /** Of a worker; it brings its own part into the workflows, which are bundled with it. */
  readonly plugin: WorkerPlugin;
  /** Sends what is left. */
  close(): Promise<void>;
}

/** What cannot be sent is dropped, and said now and then. */
function tellProblems(logger: Logger): void {
  let told = Number.NEGATIVE_INFINITY;
  const nothing = () => undefined;
  const error = (message: string) => {
    if (Date.now() - told < TOLD_EVERY_MS) return;
    told = Date.now();
    logger.warn({ reason: message.slice(0, 500) }, 'traces cannot be sent, and are dropped');
  };
  diag.setLogger({ error, warn: nothing, info: nothing, debug: nothing, verbose: nothing }, DiagLogLevel.ERROR);
}

/** Once a process. */
export function startTracing(logger: Logger): Tracing {
  tellProblems(logger);
  const resource = new Resource({ 'service.name': 'daybreak' }).merge(envDetectorSync.detect());
  const spanProcessor = new BatchSpanProcessor(new OTLPTraceExporter());
  const provider = new BasicTracerProvider({ resource, spanProcessors: [spanProcessor] });
  provider.register({ contextManager: new AsyncLocalStorageContextManager().enable() });
  return {
    plugin: new OpenTelemetryPlugin({ resource, spanProcessor }),
    async close() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, FLUSH_LIMIT_MS);
      });
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
      clearTimeout(timer);
    },
  };
}

/** The only reader of the environment. */
import { availableParallelism, homedir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  type ClientConnectConfig,
  loadClientConnectConfig,
  type LoadClientProfileOptions,
} from '@temporalio/envconfig';
import type { ConnectionOptions } from '@temporalio/client';
import { z } from 'zod';
import { DaybreakError, failureMessage } from './domain/failure';
import { byteCount, milliseconds } from './domain/window';

export const DEFAULT_ADDRESS = '127.0.0.1:7233';
export const DEFAULT_TASK_QUEUE = 'daybreak';
/** Where Temporal's tools look for their file when none is named. */
const USUAL_FILE = 'temporalio/temporal.toml in your folder of settings, such as ~/.config';

const empty = (value: unknown) => (value === '' ? undefined : value);
const environmentSchema = z.object({
  DAYBREAK_HOME: z.preprocess(empty, z.string().default('.daybreak')),
  DAYBREAK_TASK_QUEUE: z.preprocess(
    empty,
    z
      .string()
      // It gets into queries of Temporal, between quotes.
      .regex(/^[^\s'"`\\\p{Cc}]+$/u, 'expected a name without blanks, quotes and backslashes such as daybreak')
      .default(DEFAULT_TASK_QUEUE),
  ),
  DAYBREAK_CACHE: z.preprocess(empty, z.string().optional()),
  DAYBREAK_LOG_LEVEL: z.preprocess(empty, z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info')),
  DAYBREAK_MEMORY: z.preprocess(
    empty,
    z
      .string()
      .regex(/^\d+(MB|GB)$/, 'expected a size such as 2GB')
      .default('2GB'),
  ),
  DAYBREAK_THREADS: z.preprocess(empty, z.coerce.number().int().min(1).max(256).optional()),
  DAYBREAK_WATCH_EVERY: z.preprocess(
    empty,
    z
      .string()
      .regex(/^[1-9]\d*(s|m)$/, 'expected a time such as 30s or 1m')
      .default('30s'),
  ),
  DAYBREAK_METRICS: z.preprocess(
    empty,
    z
      .string()
      .regex(
        /^(\d{1,3}(\.\d{1,3}){3}|\[[\da-fA-F:.]+\]):\d{1,5}$/,
        'expected an IP address and a port such as 127.0.0.1:9464',
      )
      .optional(),
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.preprocess(empty, z.url('expected a URL such as http://127.0.0.1:4318').optional()),
  DAYBREAK_LINEAGE_URL: z.preprocess(
    empty,
    z
      .url({ protocol: /^https?$/, error: 'expected a URL such as http://127.0.0.1:5000/api/v1/lineage' })
      // It gets into messages.
      .refine((url) => !url.includes('@'), 'expected a URL without user and password')
      .optional(),
  ),
  DAYBREAK_DEMO_DATABASE: z.preprocess(empty, z.string().optional()),
  DAYBREAK_FAILPOINT: z.preprocess(empty, z.string().optional()),
});

/** Names that are read from the environment. */
export const SETTINGS: readonly string[] = Object.keys(environmentSchema.shape);

export interface Config {
  /** Absolute folder of store, dev server data, logs and default destinations. */
  readonly home: string;
  readonly taskQueue: string;
  /** Folder of downloaded programs. */
  readonly cache: string;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  readonly memoryBytes: number;
  readonly threads: number;
  /** How often a run that goes on is looked at. */
  readonly watchEveryMs: number;
  /** Address and port on which a worker is scraped by Prometheus. */
  readonly metrics: string | undefined;
  /** A worker sends traces, to where OpenTelemetry's own variables say. */
  readonly traces: boolean;
  /** Where OpenLineage events are posted to. */
  readonly lineageUrl: string | undefined;
  readonly failpoint: string | undefined;
  /** A Postgres for `demo --postgres`, as a URL; a secret. */
  readonly demoDatabase: string | undefined;
  readonly temporal: {
    /** An address was given, by environment or by Temporal's own configuration file. */
    readonly configured: boolean;
    readonly address: string;
    readonly namespace: string;
    readonly connection: ConnectionOptions;
  };
  /** For `${env:NAME}`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Reads and judges the environment. Fails as `BadRequest` with every problem. */
export const loadConfig = (environment: NodeJS.ProcessEnv = process.env): Config => configOf(environment, {});

/** Temporal's own settings, by environment and by its file, which its library takes as it comes. */
function temporalSettings(
  environment: Readonly<Record<string, string>>,
  options: LoadClientProfileOptions,
): ClientConnectConfig {
  const load = (more: LoadClientProfileOptions) => loadClientConnectConfig({ ...more, overrideEnvVars: environment });
  try {
    return load(options);
  } catch (error) {
    const { name, message, line, column } = error as Error & { line?: number; column?: number };
    const says = name === 'TypeError' ? 'it has no table of profiles' : (message.split('\n')[0] ?? '');
    const what = `the settings of Temporal are not understood: ${says}`;
    if (isSound(() => load({ ...options, disableFile: true }))) {
      const { TEMPORAL_CONFIG_FILE: file = USUAL_FILE, TEMPORAL_PROFILE: profile = 'default' } = environment;
      throw new DaybreakError(
        'BadRequest',
        {
          where: line === undefined ? file : `${file}:${line}:${column}`,
          what,
          expected: `TOML with a table [profile.${profile}] and keys in it such as address = "${DEFAULT_ADDRESS}"`,
          next: 'correct the file, or take it away; TEMPORAL_CONFIG_FILE names another one',
        },
        { cause: error },
      );
    }
    throw new DaybreakError(
      'BadRequest',
      { what, next: 'correct the environment variables that begin with TEMPORAL_' },
      { cause: error },
    );
  }
}

function isSound(load: () => unknown): boolean {
  try {
    load();
    return true;
  } catch {
    return false;
  }
}

function configOf(environment: NodeJS.ProcessEnv, temporal: LoadClientProfileOptions): Config {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`).join('\n');
    throw new DaybreakError('BadRequest', {
      what: `the environment is not understood\n${problems}`,
      next: 'see .env.example',
    });
  }
  const env = parsed.data;
  const given = Object.entries(environment).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const { connectionOptions, namespace } = temporalSettings(Object.fromEntries(given), temporal);
  return {
    home: resolve(env.DAYBREAK_HOME),
    taskQueue: env.DAYBREAK_TASK_QUEUE,
    cache: env.DAYBREAK_CACHE ?? join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'daybreak'),
    logLevel: env.DAYBREAK_LOG_LEVEL,
    memoryBytes: byteCount(env.DAYBREAK_MEMORY),
    threads: env.DAYBREAK_THREADS ?? availableParallelism(),
    watchEveryMs: milliseconds(env.DAYBREAK_WATCH_EVERY),
    metrics: env.DAYBREAK_METRICS,
    traces: env.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined,
    lineageUrl: env.DAYBREAK_LINEAGE_URL,
    failpoint: env.DAYBREAK_FAILPOINT,
    demoDatabase: env.DAYBREAK_DEMO_DATABASE,
    temporal: {
      configured: connectionOptions.address !== undefined,
      address: connectionOptions.address ?? DEFAULT_ADDRESS,
      namespace: namespace ?? 'default',
      connection: { ...connectionOptions, address: connectionOptions.address ?? DEFAULT_ADDRESS },
    },
    environment,
  };
}

/**
 * For who looks at what is wrong: the configuration without the settings that are not understood, and why they are not.
 */
export function loadWhatIsRight(environment: NodeJS.ProcessEnv = process.env): {
  readonly config: Config;
  readonly problems: readonly string[];
} {
  const { error } = environmentSchema.safeParse(environment);
  const wrong = new Set((error?.issues ?? []).map(({ path }) => String(path[0])));
  const problems = (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
  const rest = Object.fromEntries(Object.entries(environment).filter(([name]) => !wrong.has(name)));
  try {
    return { config: loadConfig(rest), problems };
  } catch (failed) {
    // Temporal's own settings, or its file.
    const ours = Object.fromEntries(Object.entries(rest).filter(([name]) => !name.startsWith('TEMPORAL_')));
    const config = configOf(ours, { disableFile: true });
    const { next: _, ...text } = (failed as DaybreakError).text;
    return { config, problems: [...problems, failureMessage(text)] };
  }
}

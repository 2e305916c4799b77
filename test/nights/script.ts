/** What a night does instead of work: its steps, how long they take, and how they fail. */
import type { FailureKind } from '../../src/domain/failure';
import type { StepExpectation, WatchSettings } from '../../src/domain/watch/settings';

export interface Act {
  /** Milliseconds that it takes; hardly any if not said. */
  readonly ms?: number;
  /** What it takes on nearly all nights, if not that; half a second at the least, as machines are busy at times. */
  readonly usual?: number;
  /** At the end of that time, in its first attempts, or in all of them. */
  readonly fail?: { readonly kind: FailureKind; readonly message: string; readonly times?: number };
  /** Never ends: without a heartbeat, or with one that tells no progress; in its first attempts, or in all of them. */
  readonly hang?: { readonly heart: 'silent' | 'beating'; readonly times?: number };
  /** Of a gate: it lets nothing pass. */
  readonly blocks?: boolean;
}

/** Activity types and what they do: `extract_orders`, `transform_sales`, `validate_data_quality`, … */
export type Acts = Readonly<Record<string, Act>>;

/** What a run is asked for, as a file that its plan points to. */
export interface NightScript {
  readonly pipeline: string;
  readonly asOf: string;
  readonly settings: WatchSettings;
  /** Queue of its steps. */
  readonly queue: string;
  readonly acts: Acts;
}

const GATES = ['validate_sources', 'validate_data_quality', 'publishEdition', 'update_dashboard'] as const;
const DEFAULT_MS = 50;
const LEAST_USUAL_MS = 500;

export const actOf = (acts: Acts, step: string): Act => acts[step] ?? {};
export const msOf = ({ ms = DEFAULT_MS }: Act): number => ms;

const named = (acts: Acts, prefix: string) =>
  Object.keys(acts)
    .filter((step) => step.startsWith(prefix))
    .map((step) => step.slice(prefix.length));
export const sourcesOf = (acts: Acts): string[] => named(acts, 'extract_');
export const modelsOf = (acts: Acts): string[] => named(acts, 'transform_');

/** Twenty nights in which every step took its usual time. */
export function expectedOf(acts: Acts): StepExpectation[] {
  const [sources, gate, ...gates] = [sourcesOf(acts).map((name) => `extract_${name}`), ...GATES];
  return [...sources, gate, ...modelsOf(acts).map((name) => `transform_${name}`), ...gates].map((step) => {
    const act = actOf(acts, step);
    const seconds = Math.max(act.usual ?? msOf(act), LEAST_USUAL_MS) / 1000;
    return { step, p50: seconds, p90: seconds, runs: 20 };
  });
}

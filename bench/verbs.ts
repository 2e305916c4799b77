/** What a run of the product used, verb by verb, out of its history and the samples taken meanwhile. */
import type { ProductRun, Step } from './product';
import { usedAt } from './processes';

export interface Verb {
  readonly name: string;
  readonly wall: number;
  readonly worker: number;
  readonly engine: number;
  readonly server: number;
  /** Megabytes of worker and engine together at the highest. */
  readonly memory: number;
}

const VERBS: readonly (readonly [string, (name: string) => boolean])[] = [
  ['plan', (name) => name === 'planRun'],
  ['extract', (name) => name.startsWith('extract_')],
  ['check sources', (name) => name === 'validate_sources'],
  ['transform', (name) => name.startsWith('transform_')],
  ['check', (name) => name === 'validate_data_quality'],
  ['publish', (name) => name === 'publishEdition'],
  ['report', (name) => name === 'update_dashboard'],
  ['sweep', (name) => name === 'sweepStore'],
];

function between(run: ProductRun, name: string, from: number, to: number): Verb {
  const [worker = 0, server = 0, engine = 0] = usedAt(run.samples, to);
  const [workerBefore = 0, serverBefore = 0, engineBefore = 0] = usedAt(run.samples, from);
  const near = run.samples.filter(({ at }) => at >= from && at <= to).map(({ memory }) => memory);
  return {
    name,
    wall: (to - from) / 1000,
    worker: worker - workerBefore,
    engine: engine - engineBefore,
    server: server - serverBefore,
    memory: Math.max(0, ...near),
  };
}

/** The verbs in order; what lies between them, and before and after, is in the last one. */
export function verbsOf(run: ProductRun): Verb[] {
  const verbs = VERBS.flatMap(([name, isOf]) => {
    const steps = run.steps.filter((step) => isOf(step.name));
    if (steps.length === 0) return [];
    return [between(run, name, Math.min(...steps.map((step) => step.from)), Math.max(...steps.map((step) => step.to)))];
  });
  const rest = (of: 'worker' | 'engine' | 'server' | 'wall') =>
    run[of] - verbs.reduce((sum, verb) => sum + verb[of], 0);
  const between_ = { wall: rest('wall'), worker: rest('worker'), engine: rest('engine'), server: rest('server') };
  return [...verbs, { name: 'between the steps', ...between_, memory: 0 }];
}

/** Steps of one kind, each from the end of the one before: the engine does one thing at a time. */
export function oneByOne(run: ProductRun, prefix: string): Verb[] {
  const steps = run.steps.filter(({ name }) => name.startsWith(prefix)).toSorted((a, b) => a.to - b.to);
  let before = 0;
  return steps.map(({ name, from, to }: Step) => {
    const verb = between(run, name.slice(prefix.length), Math.max(before, from), to);
    before = to;
    return verb;
  });
}

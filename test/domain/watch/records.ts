/** Recorded runs for tests: nights of a shop that runs at 02:00 and takes a quarter of an hour. */
import type { RunRecord } from '../../../src/domain/watch/record';
import type { StepTiming } from '../../../src/domain/watch/timing';
import { addDays } from '../../../src/domain/window';

export const FIRST = '2026-11-02';
export const day = (number: number): string => addDays(FIRST, number);

interface Given extends Partial<Omit<RunRecord, 'steps'>> {
  /** Names with seconds, one after the other; `extract_orders x12` took twelve attempts, `transform_sales!` failed. */
  readonly steps?: readonly (readonly [string, number])[];
}

const STEPS: NonNullable<Given['steps']> = [
  ['planRun', 10],
  ['extract_orders', 590],
  ['validate_sources', 30],
  ['transform_sales', 210],
  ['validate_data_quality', 30],
  ['publishEdition', 30],
  ['update_dashboard', 60],
];

/** Of the night of a day, begun at a time of day in UTC. */
export function record(asOf: string, time: string, given: Given = {}): RunRecord {
  const { steps: named = STEPS, ...more } = given;
  const startedAt = `${asOf}T${time}:00.000Z`;
  let at = Date.parse(startedAt);
  const steps = named.map(([name, seconds]): StepTiming => {
    const [step = '', attempts] = name.replace('!', '').split(' x');
    const begun = new Date(at).toISOString();
    at += seconds * 1000;
    return {
      ...{ step, at: begun, seconds },
      ...(attempts === undefined ? {} : { attempts: Number(attempts) }),
      ...(name.endsWith('!') ? { failed: true } : {}),
    };
  });
  return {
    pipeline: 'shop',
    workflowId: `shop-${startedAt}`,
    runId: `run-${startedAt}`,
    asOf,
    outcome: 'published',
    startedAt,
    endedAt: new Date(at).toISOString(),
    edition: `edition-${startedAt}`,
    planned: [{ name: 'orders', records: 1000 }],
    steps,
    failure: null,
    failedChecks: [],
    deadline: null,
    ...more,
  };
}

/** As many nights that went well. */
export const healthy = (nights: number, from = 0): RunRecord[] =>
  Array.from({ length: nights }, (_, index) => record(day(from + index), '02:00'));

const upTo = (step: string): NonNullable<Given['steps']> =>
  STEPS.slice(
    0,
    STEPS.findIndex(([name]) => name === step),
  );

/** A run whose model failed for good after seconds. */
export const failed = (asOf: string, time: string, given: Given = {}): RunRecord =>
  record(asOf, time, {
    outcome: 'failed',
    edition: null,
    steps: [...upTo('transform_sales'), ['transform_sales!', 20]],
    failure: { step: 'transform_sales', kind: 'ModelFailed', message: 'a number is no number' },
    ...given,
  });

/** A run that a gate stopped after its models. */
export const stopped = (asOf: string, time: string): RunRecord =>
  record(asOf, time, {
    outcome: 'blocked',
    edition: null,
    steps: upTo('publishEdition'),
    failedChecks: ['sales: volume'],
  });

/** A run with a step that took longer, or that was tried more often. */
export const withStep = (
  asOf: string,
  time: string,
  step: string,
  seconds: number,
  attempts?: number,
  given: Given = {},
): RunRecord =>
  record(asOf, time, {
    steps: STEPS.map(([name, usual]) =>
      name === step ? [attempts === undefined ? name : `${name} x${attempts}`, seconds] : [name, usual],
    ),
    ...given,
  });

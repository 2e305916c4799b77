/** Counts the attempts of a step, and tells how long it took. */
import { Context } from '@temporalio/activity';
import type { RunBrief } from '../domain/plan';
import { secondsSince } from './beat';
import { metrics } from './metrics';

/** Steps are handed the key of their plan: `plans/<pipeline>/<run>`. */
const pipelineOf = (input: unknown): string => /^plans\/([^/]+)\//.exec(String(input))?.[1] ?? '';

/** Wraps an activity so that Prometheus hears of it. While a run is planned, whose it is is known only at the end. */
export function measured<A extends unknown[], R>(activity: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return async (...args) => {
    const { info, metricMeter } = Context.current();
    const told = metrics(metricMeter);
    const { activityType: step, attempt } = info;
    const started = Date.now();
    if (attempt > 1) told.stepRetried(pipelineOf(args[0]), step);
    const result = await activity(...args);
    const pipeline = step === 'planRun' ? (result as RunBrief).pipeline : pipelineOf(args[0]);
    told.stepDone(pipeline, step, secondsSince(started));
    return result;
  };
}

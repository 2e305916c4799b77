/** One run at a time of the same thing: (pipeline, window, definition, parameters). */
import type { ParameterValue } from '../domain/parameters';
import type { Window } from '../domain/run';
import { fingerprint } from './fingerprint';
import type { Services } from './services';

interface Claim {
  readonly workflowId: string;
  readonly runId: string;
}

/**
 * Claims the work for a run, or gives the run that is at it. Who is alive is asked of Temporal: a plain start or a
 * schedule brings its own workflow id, and a run that ended left its claim behind.
 */
export async function claimRun(
  services: Services,
  run: Claim & {
    readonly pipeline: string;
    readonly window: Window;
    readonly definitionHash: string;
    readonly parameters: Readonly<Record<string, ParameterValue>>;
  },
): Promise<Claim | undefined> {
  const { workflowId, runId, pipeline, window, definitionHash, parameters } = run;
  const folder = `claims/${pipeline}/${fingerprint({ window, definitionHash, parameters }).slice(0, 16)}`;
  const mine: Claim = { workflowId, runId };
  for (;;) {
    const last = (await services.store.list(folder)).at(-1);
    const holder = last === undefined ? undefined : await services.store.get<Claim>(last);
    if (holder?.runId === runId) return undefined;
    if (holder !== undefined) {
      const described = await services.describeRun(holder.workflowId, holder.runId);
      if (described?.running === true) return holder;
    }
    const number = last === undefined ? 1 : Number(last.split('/').at(-1)) + 1;
    const { won } = await services.store.putIfAbsent(`${folder}/${String(number).padStart(8, '0')}`, mine);
    if (won) return undefined;
  }
}

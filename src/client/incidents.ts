/** Incidents: what the night watch opened, and what people answer. */
import {
  type Client,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { Config } from '../config';
import { DaybreakError } from '../domain/failure';
import type { Incident, IncidentStatus } from '../domain/watch/incident';
import { incidentId, watchQueue } from '../domain/watch/settings';
import { type IncidentListed, listedOf, listIncidents } from '../temporal/incidents';
import { hasPollers } from '../temporal/pollers';

export type { IncidentListed } from '../temporal/incidents';

export interface IncidentFound extends IncidentListed {
  /** With its sections and its timeline; `null` while no worker is there to tell them. */
  readonly whole: Incident | null;
}

export interface IncidentAnswer {
  /** Told to everyone who was told of the incident. */
  readonly why: string;
  readonly who?: string;
}

export interface IncidentAnswered {
  readonly id: string;
  /** What it is by now. */
  readonly status: IncidentStatus;
}

/** An id may be shortened to as much of it as no other begins with. */
export interface Incidents {
  /** Open ones first, the worst before others, then the newest. */
  list(options?: { readonly all?: boolean }): Promise<IncidentListed[]>;
  get(id: string): Promise<IncidentFound>;
  /** Somebody is at it: nobody else is told because nobody answers. */
  ack(id: string, answer: IncidentAnswer): Promise<IncidentAnswered>;
  /** Quiet for so long, such as `2h`; by default an hour. */
  snooze(id: string, answer: IncidentAnswer & { readonly for?: string }): Promise<IncidentAnswered>;
  resolve(id: string, answer: IncidentAnswer): Promise<IncidentAnswered>;
}

/** Who does not answer within this is not there. */
const ANSWER_MS = 10_000;
const WATCH_WORKER = 'start one with `daybreak worker --only watch`, which needs no store, or with `daybreak worker`';

const unknown = (id: string, why: string) =>
  new DaybreakError('BadRequest', {
    where: `incident ${id}`,
    what: why,
    next: 'choose one that `daybreak incidents --all` lists',
  });

export function incidents(client: Client, { taskQueue }: Pick<Config, 'taskQueue'>): Incidents {
  const prefix = incidentId(taskQueue, '');
  const queue = watchQueue(taskQueue);

  async function find(given: string): Promise<IncidentListed> {
    const id = given.startsWith(prefix) ? given.slice(prefix.length) : given;
    if (!/^[\da-f]+$/.test(id)) throw unknown(given, 'an id is made of the digits 0 to 9 and the letters a to f');
    // What was opened a moment ago may not be listed yet.
    const described = client.workflow.getHandle(incidentId(taskQueue, id)).describe();
    const exact = await described.catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    });
    if (exact !== undefined) return listedOf(exact, taskQueue);
    const found = await listIncidents(client, taskQueue, { begin: id, all: true });
    const [first, second] = found;
    if (first === undefined) throw unknown(given, `Temporal knows no such incident on the task queue ${taskQueue}`);
    if (second !== undefined) throw unknown(given, `it may be ${found.map((one) => one.id).join(' or ')}`);
    return first;
  }

  const unserved = (what: string) =>
    new DaybreakError('Transient', { where: `task queue ${queue}`, what, next: `${WATCH_WORKER}; then do it again` });

  async function answer(kind: 'ack' | 'snooze' | 'resolve', given: string, told: object): Promise<IncidentAnswered> {
    const { id, workflowId, status } = await find(given);
    const where = `incident ${id}`;
    const refused = (what: string) =>
      new DaybreakError('BadRequest', { where, what, next: `see how it stands with \`daybreak incidents ${id}\`` });
    if (status === 'ended') throw refused(`its workflow was ended: there is nothing to ${kind}`);
    if (!(await hasPollers(client, queue)))
      throw unserved(`nobody polls it, so that nobody takes the answer to incident ${id}`);
    const update = async () =>
      await client.workflow.getHandle(workflowId).executeUpdate<IncidentStatus, [object]>(kind, { args: [told] });
    try {
      return { id, status: await client.withDeadline(Date.now() + ANSWER_MS, update) };
    } catch (error) {
      if (error instanceof WorkflowUpdateFailedError) throw refused(error.cause?.message ?? error.message);
      if (error instanceof WorkflowNotFoundError) throw refused(`it is over: there is nothing to ${kind}`);
      if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)
        throw unserved(`nobody took the answer to incident ${id} within ${ANSWER_MS / 1000} s`);
      throw error;
    }
  }

  return {
    list: async (options) => await listIncidents(client, taskQueue, options),
    async get(given) {
      const found = await find(given);
      if (!(await hasPollers(client, queue))) return { ...found, whole: null };
      const query = async () => await client.workflow.getHandle(found.workflowId).query<Incident | null>('incident');
      const whole = await client.withDeadline(Date.now() + ANSWER_MS, query).catch(() => null);
      return { ...found, whole };
    },
    ack: async (id, told) => await answer('ack', id, told),
    snooze: async (id, told) => await answer('snooze', id, told),
    resolve: async (id, told) => await answer('resolve', id, told),
  };
}

/** Incidents as Temporal lists them: known without a worker. */
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { IncidentStatus } from '../domain/watch/incident';
import { SEVERITIES } from '../domain/watch/message';
import { INCIDENT_MEMO, type IncidentSummary } from '../domain/watch/incident-view';
import { incidentId } from '../domain/watch/settings';

export interface IncidentListed extends Omit<IncidentSummary, 'status'> {
  /** Its workflow's id without what all of a queue have in front; what commands take. */
  readonly id: string;
  readonly workflowId: string;
  /** `ended`: somebody ended its workflow before it was resolved. */
  readonly status: IncidentStatus | 'ended';
}

type Execution = Pick<WorkflowExecutionInfo, 'workflowId' | 'memo' | 'status' | 'startTime'>;

export function listedOf({ workflowId, memo, status, startTime }: Execution, taskQueue: string): IncidentListed {
  const told = memo?.[INCIDENT_MEMO] as IncidentSummary | undefined;
  const isOver = status.name !== 'RUNNING';
  const known: IncidentSummary = told ?? {
    pipeline: '',
    status: 'open',
    severity: 'routine',
    title: 'nobody has looked at it yet',
    openedAt: startTime.toISOString(),
    resolvedAt: null,
    nights: [],
    owner: null,
    command: '',
  };
  return {
    ...known,
    id: workflowId.slice(incidentId(taskQueue, '').length),
    workflowId,
    status: isOver && known.status !== 'resolved' ? 'ended' : known.status,
  };
}

const isOver = ({ status }: IncidentListed) => status === 'resolved' || status === 'ended';

/**
 * Open ones first, the worst before others, then the newest. Of each id the newest, as one may be opened again after its
 * workflow has ended.
 */
export async function listIncidents(
  client: Client,
  taskQueue: string,
  { begin = '', all = false }: { readonly begin?: string; readonly all?: boolean } = {},
): Promise<IncidentListed[]> {
  const open = all ? '' : " AND ExecutionStatus = 'Running'";
  const query = `WorkflowType = 'incident' AND WorkflowId STARTS_WITH '${incidentId(taskQueue, begin)}'${open}`;
  const newest = new Map<string, WorkflowExecutionInfo>();
  for await (const execution of client.workflow.list({ query })) {
    const known = newest.get(execution.workflowId);
    if (known === undefined || known.startTime < execution.startTime) newest.set(execution.workflowId, execution);
  }
  const found = [...newest.values()].map((execution) => listedOf(execution, taskQueue));
  const age = (one: IncidentListed) => `${isOver(one) ? 0 : 1 + SEVERITIES.indexOf(one.severity)} ${one.openedAt}`;
  return found.filter((one) => all || !isOver(one)).toSorted((a, b) => (age(a) < age(b) ? 1 : -1));
}

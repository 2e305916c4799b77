/** Speaking to the watch of a pipeline. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { type IncidentInput, newIncident } from '../domain/watch/incident';
import { INCIDENT_MEMO, incidentStaticDetails, incidentSummary } from '../domain/watch/incident-view';
import { incidentId, type WatchNews, type WatchSettings, watchId, watchQueue } from '../domain/watch/settings';
import { watchStaticDetails, watchStaticSummary } from '../domain/watch/watch-view';

/** Tells the watch, and starts it where there is none. Nobody need be there to work on it. */
export async function tellWatch(client: Client, settings: WatchSettings, news: WatchNews): Promise<void> {
  await client.workflow.signalWithStart('watch', {
    workflowId: watchId(settings.taskQueue, settings.pipeline),
    taskQueue: watchQueue(settings.taskQueue),
    args: [{ settings }],
    signal: 'news',
    signalArgs: [news],
    staticSummary: watchStaticSummary(settings),
    staticDetails: watchStaticDetails(settings),
  });
}

/** Ends the watch of a pipeline; `false` where there is none. */
export async function endWatch(client: Client, taskQueue: string, pipeline: string): Promise<boolean> {
  const news: WatchNews = { kind: 'unwatched' };
  try {
    await client.workflow.getHandle(watchId(taskQueue, pipeline)).signal('news', news);
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** Tells an incident, and opens it where there is none, or where the one before has ended. */
export async function tellIncident(
  client: Client,
  settings: WatchSettings,
  key: string,
  input: IncidentInput,
): Promise<void> {
  const { taskQueue } = settings;
  const workflowId = incidentId(taskQueue, key);
  if (input.kind === 'observed') {
    const { observation } = input;
    const begun = { ...newIncident(workflowId, settings, observation), nights: [observation.asOf] };
    await client.workflow.signalWithStart('incident', {
      workflowId,
      taskQueue: watchQueue(taskQueue),
      args: [{}],
      signal: 'tell',
      signalArgs: [input],
      memo: { [INCIDENT_MEMO]: incidentSummary(begun) },
      staticSummary: observation.title.slice(0, 200),
      staticDetails: incidentStaticDetails(key),
    });
    return;
  }
  const handle = client.workflow.getHandle(workflowId);
  await handle.signal('tell', input).catch((error: unknown) => {
    // It has ended: there is nothing left to recover.
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  });
}

/** Who watches the nights, what is not as it was applied, and what people should know of: incidents, messages that wait. */
import type { Client } from '@temporalio/client';
import { firstLine } from '../domain/failure';
import type { WatchState } from '../domain/watch/night';
import { watchId, watchQueue } from '../domain/watch/settings';
import { listIncidents } from '../temporal/incidents';
import { ask } from '../temporal/look';
import { hasPollers } from '../temporal/pollers';
import type { ScheduleListed } from '../temporal/schedules';
import { lookAtWatches, startWatch } from '../temporal/watches';
import { bad, type Finding, good, warn } from './finding';

function scheduleFindings({ id, pipeline, paused, note, changedByHand }: ScheduleListed): Finding[] {
  const check = 'schedule';
  if (pipeline === null) return [];
  const byHand = changedByHand.join('; ');
  return [
    ...(byHand === ''
      ? []
      : [
          warn(
            check,
            `${id} was changed in Temporal: ${byHand}`,
            `declare it so in pipeline.yaml, or overwrite it with \`daybreak schedule apply --force\` in the folder of ${pipeline}`,
          ),
        ]),
    ...(paused
      ? [
          warn(
            check,
            `${id} is paused, and starts nothing${note === null ? '' : `: ${note}`}`,
            `\`daybreak schedule resume ${pipeline} --why …\`, once that is over`,
          ),
        ]
      : []),
    ...(byHand === '' && !paused ? [good(check, `${id} is as it was applied`)] : []),
  ];
}

/** What people were told of and nobody has ended yet. */
async function incidentFindings(client: Client, taskQueue: string): Promise<Finding[]> {
  const open = (await listIncidents(client, taskQueue)).filter(({ severity }) => severity !== 'routine');
  return open.map(({ id, severity, status, title }) =>
    (severity === 'critical' ? bad : warn)(
      'incident',
      `${severity}, ${status}: ${title}`,
      `\`daybreak incidents ${id}\` shows what to do`,
    ),
  );
}

/** Messages that do not get through, as the watch of a pipeline tells; nothing where it does not answer. */
async function undelivered(client: Client, taskQueue: string, pipeline: string): Promise<Finding[]> {
  const state = await ask<WatchState>(client, client.workflow.getHandle(watchId(taskQueue, pipeline)), 'watch');
  return Object.values(state?.undelivered ?? {}).map(({ channel, since, text }) =>
    bad(
      'messages',
      `one of ${pipeline} does not get to ${channel} since ${since}: ${firstLine(text)}`,
      `\`daybreak alerts test --channel ${channel}\` in the folder of ${pipeline} shows what it answers; it is sent once that works`,
    ),
  );
}

/** `declared` are pipelines that runs of this store found to be watched. Nothing where nobody wants to be told. */
export async function checkWatches(client: Client, taskQueue: string, declared: readonly string[]): Promise<Finding[]> {
  const { schedules, watches } = await lookAtWatches(client, taskQueue, declared);
  const queue = watchQueue(taskQueue);
  const found = watches.map(({ pipeline, isRunning }) =>
    isRunning
      ? good('night watch', `it watches ${pipeline}`)
      : bad(
          'night watch',
          `nobody watches ${pipeline}: when its night goes wrong, nobody is told`,
          startWatch(pipeline),
        ),
  );
  const isServed = watches.length === 0 || (await hasPollers(client, queue));
  const running = isServed ? watches.filter(({ isRunning }) => isRunning) : [];
  const waiting = await Promise.all(
    running.map(async ({ pipeline }) => await undelivered(client, taskQueue, pipeline)),
  );
  return [
    ...found,
    ...(isServed
      ? []
      : [
          bad(
            'night watch',
            `nobody polls ${queue}: no night is looked at, and nobody is told`,
            'start `daybreak worker --only watch`, best on another machine than the workers; a `daybreak worker` does it too',
          ),
        ]),
    ...schedules.flatMap(scheduleFindings),
    ...(await incidentFindings(client, taskQueue)),
    ...waiting.flat(),
  ];
}

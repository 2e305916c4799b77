/** Who watches the nights: watches, their queue, and schedules that are not as they were applied. */
import type { Client } from '@temporalio/client';
import { watchQueue } from '../domain/watch/settings';
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
  ];
}

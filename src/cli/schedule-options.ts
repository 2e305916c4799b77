/** The words of `daybreak schedule`. */
import type { Command } from 'commander';
import { answering, PIPELINE } from './options';

type Exits = <A extends unknown[]>(command: (...args: A) => Promise<number>) => (...args: A) => Promise<void>;

/** Its commands, which `exits` makes exit codes of. */
export function scheduleCommands(schedule: Command, exits: Exits): void {
  schedule.description('the nights that pipelines declare, as Temporal Schedules');
  const about = (name: string, description: string) =>
    answering(schedule.command(name).argument('[pipeline]', PIPELINE).description(description));
  about('apply', 'shows what is not as declared, and makes it so; exit 1 where somebody changed it by hand')
    .option('--dry-run', 'only show it')
    .option('--force', 'overwrite what somebody changed in Temporal')
    .action(exits(async (pipeline, options) => await (await import('./schedule.js')).applyCommand(pipeline, options)));
  answering(schedule.command('list').description('all that start runs on the task queue')).action(
    exits(async (options) => await (await import('./schedule.js')).listCommand(options)),
  );
  about('pause', 'starts nothing until it is resumed')
    .requiredOption('--why <reason>', "Temporal's note, which the watch and the Web UI show")
    .action(exits(async (pipeline, options) => await (await import('./schedule.js')).pauseCommand(pipeline, options)));
  about('resume', 'lets it go on')
    .requiredOption('--why <reason>', "Temporal's note")
    .action(exits(async (pipeline, options) => await (await import('./schedule.js')).resumeCommand(pipeline, options)));
  about('trigger', 'starts a run now, for today, by the overlap policy').action(
    exits(async (pipeline, options) => await (await import('./schedule.js')).triggerCommand(pipeline, options)),
  );
  about('delete', 'takes it away; runs and editions stay').action(
    exits(async (pipeline, options) => await (await import('./schedule.js')).deleteCommand(pipeline, options)),
  );
}

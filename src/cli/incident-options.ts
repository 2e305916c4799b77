/** The words of `daybreak incidents`. */
import type { Command } from 'commander';
import { answering } from './options';

type Exits = <A extends unknown[]>(command: (...args: A) => Promise<number>) => (...args: A) => Promise<void>;

const ID = 'as the list shows it; may be shortened';

/** Its commands, which `exits` makes exit codes of. */
export function incidentCommands(incidents: Command, exits: Exits): void {
  answering(incidents.argument('[id]', ID).description('what the night watch found wrong, or one of it as a whole'))
    .enablePositionalOptions()
    .option('--all', 'also what is over')
    .action(exits(async (id, options) => await (await import('./incidents.js')).incidentsCommand(id, options)));
  const about = (name: string, description: string) =>
    answering(incidents.command(name).argument('<id>', ID).description(description))
      .requiredOption('--why <reason>', 'told to everyone who was told of it')
      .option('--who <name>', 'by default the user of this machine');
  about('ack', 'you are at it: nobody else is told because nobody answers').action(
    exits(async (id, options) => await (await import('./incidents.js')).answerCommand('ack', id, options)),
  );
  about('snooze', 'quiet for a while; then it rings again')
    .option('--for <time>', 'such as 30m or 2h', '1h')
    .action(exits(async (id, options) => await (await import('./incidents.js')).answerCommand('snooze', id, options)));
  about('resolve', 'it is over; it ends by itself when the data are there').action(
    exits(async (id, options) => await (await import('./incidents.js')).answerCommand('resolve', id, options)),
  );
}

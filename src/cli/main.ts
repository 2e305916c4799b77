/** The command line. Each command loads what it needs when it is called, so that --help is quick. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_PIPELINE } from '../domain/run';
import { DEFECTS } from '../sample/defects';
import { isAway } from '../temporal/away';
import { incidentCommands } from './incident-options';
import { answering, collect, PIPELINE, running } from './options';
import { scheduleCommands } from './schedule-options';

const EXIT_USAGE = 2;

const { version } = JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8')) as {
  version: string;
};

function wholeNumber(text: string): number {
  const value = Number(text.replaceAll('_', ''));
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Expected a whole number, at least 1.');
  return value;
}

/** Rows of an answer are held in memory; more are read from the published files. */
function rowLimit(text: string): number {
  const value = wholeNumber(text);
  if (value > 100_000) throw new InvalidArgumentError('Expected at most 100000; read the published files for more.');
  return value;
}

/** The defects of a sample, each with the magnitude that it has when none is given. */
const defectsHelp = () =>
  [
    '\nDefects:',
    ...Object.entries(DEFECTS).map(([name, { of, usual, what }]) =>
      `  ${(of === 'nothing' ? name : `${name}:${usual}`).padEnd(22)} ${what}`.concat(
        of === 'share' ? ' (a share)' : of === 'days' ? ' (days)' : '',
      ),
    ),
  ].join('\n');

const STANDS = `
Which pipeline: the one that is named, a folder or a shipped name; else that of the working directory, when it has a
pipeline.yaml; else ${DEFAULT_PIPELINE}, the shipped one.
Which store: what DAYBREAK_HOME names, else .daybreak in the working directory. Runs make it, questions do not.`;

/** Wraps a command: its number becomes the exit code. */
const exits =
  <A extends unknown[]>(command: (...args: A) => Promise<number>) =>
  async (...args: A): Promise<void> => {
    process.exitCode = await command(...args);
  };

function program(): Command {
  const daybreak = new Command('daybreak')
    .description('Customer analytics, ready before the morning meeting: a durable data pipeline on Temporal.')
    .version(version)
    .showHelpAfterError('(`daybreak --help` shows what there is)')
    .addHelpText('after', STANDS)
    // What stands after a command of a command is that one's.
    .enablePositionalOptions()
    .exitOverride();

  answering(daybreak.command('demo').description('everything on this machine: server, worker, sample shop, one run'))
    .option('--lines <n>', 'order lines of the sample shop', wholeNumber, 100_000)
    .option('--postgres', 'the shop in a real Postgres: two nights, sales between, and a worker that is killed')
    .option(
      '--night',
      'three nights with the messages that people get: one heals, one waits for the morning, one rings',
    )
    .action(exits(async (options) => await (await import('./demo.js')).demoCommand(options)));
  running(answering(daybreak.command('run').argument('[pipeline]', PIPELINE).description('start a run and follow it')))
    .option('--detach', 'start it, and leave it alone')
    .option('--cron <expression>', "repeat it, such as '0 2 * * *'; each run is for its own day")
    .option('--workflow-id <id>', 'Temporal workflow id; by default made up')
    .action(exits(async (pipeline, options) => await (await import('./run.js')).runCommand(pipeline, options)));
  running(
    answering(
      daybreak
        .command('plan')
        .argument('[pipeline]', PIPELINE)
        .description('what a run would do, and why; changes nothing'),
    ),
  ).action(exits(async (pipeline, options) => await (await import('./plan.js')).planCommand(pipeline, options)));
  answering(daybreak.command('status').argument('[run]', 'workflow id').description('recent runs, or one'))
    .option('--follow', 'stay until it ends')
    .option('--limit <n>', 'runs listed', wholeNumber, 20)
    .option('--evidence <key>', 'the failing rows that a check kept; a run that has ended shows the keys')
    .action(exits(async (run, options) => await (await import('./status.js')).statusCommand(run, options)));
  answering(
    daybreak
      .command('why')
      .argument('<run>', 'workflow id')
      .description('what a run waits for, or died of, in five lines'),
  ).action(exits(async (run, options) => await (await import('./why.js')).whyCommand(run, options)));
  answering(daybreak.command('cancel').argument('<run>', 'workflow id').description("Temporal's cancellation")).action(
    exits(async (run, options) => await (await import('./cancel.js')).cancelCommand(run, options)),
  );
  scheduleCommands(daybreak.command('schedule'), exits);
  incidentCommands(daybreak.command('incidents'), exits);
  answering(daybreak.command('editions').description('what is published, newest first'))
    .option('--pipeline <pipeline>', PIPELINE)
    .action(exits(async (options) => await (await import('./editions.js')).editionsCommand(options)));
  answering(
    daybreak
      .command('rollback')
      .argument('[edition]', 'by default the one before')
      .description('make an earlier edition live again'),
  )
    .requiredOption('--why <reason>', 'kept in the release log')
    .option('--reread <source>', 'a table of a database that is to blame: what was read of it since is read again')
    .option('--pipeline <pipeline>', PIPELINE)
    .action(exits(async (edition, options) => await (await import('./editions.js')).rollbackCommand(edition, options)));
  answering(
    daybreak
      .command('query')
      .argument('<sql>', 'one SELECT over the tables of the edition')
      .description('rows of the live edition'),
  )
    .option('--pipeline <pipeline>', PIPELINE)
    .option('--edition <edition>', 'another one than the live one')
    .addOption(new Option('--csv', 'CSV on stdout').conflicts('json'))
    .option('--limit <n>', 'rows at most, up to 100,000', rowLimit, 1000)
    .action(exits(async (sql, options) => await (await import('./query.js')).queryCommand(sql, options)));
  answering(
    daybreak
      .command('diff')
      .argument('<before>', 'an edition: its id, live or previous')
      .argument('<after>', 'the edition to compare it with')
      .description('what is different between two editions: exit 0 equal, 1 different'),
  )
    .option('--table <table>', 'this table only')
    .option('--limit <n>', 'examples of each kind at most', rowLimit, 5)
    .option('--pipeline <pipeline>', PIPELINE)
    .action(exits(async (a, b, options) => await (await import('./diff.js')).diffCommand(a, b, options)));
  answering(
    daybreak
      .command('quarantine')
      .argument('[run]', 'workflow or run id; by default the latest run')
      .description('records that a run set aside, with reasons'),
  )
    .option('--source <source>', 'of this source only')
    .addOption(new Option('--csv', 'the records as CSV on stdout').conflicts('json'))
    .option('--limit <n>', 'records at most, up to 100,000', rowLimit, 100)
    .option('--pipeline <pipeline>', PIPELINE)
    .action(exits(async (run, options) => await (await import('./quarantine.js')).quarantineCommand(run, options)));
  answering(
    daybreak
      .command('report')
      .argument('[edition]', 'by default the live one')
      .description('the report of an edition: one HTML file'),
  )
    .option('--open', 'show it in the browser')
    .option('--pipeline <pipeline>', PIPELINE)
    .action(exits(async (edition, options) => await (await import('./report.js')).reportCommand(edition, options)));
  answering(daybreak.command('sample').argument('<folder>').description('make a sample shop'))
    .option('--lines <n>', 'order lines', wholeNumber, 100_000)
    .option('--seed <n>', 'same seed, same rows', wholeNumber, 1)
    .option('--until <day>', 'the day after its last; by default today')
    .option('--zone <zone>', 'time zone of its days', 'Europe/Berlin')
    .option('--format <format>', 'csv, parquet or ndjson', 'csv')
    .option('--days <n>', 'as n nightly deliveries of new and changed rows, the last on --until', wholeNumber)
    .option('--defect <name[:magnitude]>', 'something wrong, such as orphans:0.1; may be repeated', collect)
    .addHelpText('after', defectsHelp)
    .action(exits(async (folder, options) => await (await import('./sample.js')).sampleCommand(folder, options)));
  answering(
    daybreak
      .command('init')
      .argument('<folder>', 'made by this command')
      .description('a pipeline of your own, from nothing, from your files or from a database'),
  )
    .option(
      '--from <file...>',
      'CSV, JSON or Parquet files, folders or globs, or postgres://…; the declaration is written from them',
    )
    .option('--table <table...>', "tables of that database, or 'schema.*'; by default all on its search path")
    .action(exits(async (folder, options) => await (await import('./init.js')).initCommand(folder, options)));
  answering(
    daybreak
      .command('validate')
      .argument('[pipeline]', PIPELINE)
      .description('every mistake of a pipeline, with file:line:column, also against its files'),
  )
    .option('--var <name=value>', 'a parameter of the pipeline; may be repeated', collect)
    .action(
      exits(async (pipeline, options) => await (await import('./validate.js')).validateCommand(pipeline, options)),
    );
  answering(
    daybreak
      .command('test')
      .argument('[pipeline]', `${PIPELINE}; may be left out before models of that one`)
      .argument('[models...]', 'by default all')
      .description("the models' tests, on given rows"),
  )
    .option('--var <name=value>', 'a parameter of the pipeline; may be repeated', collect)
    .action(
      exits(
        async (pipeline, models, options) => await (await import('./test.js')).testCommand(pipeline, models, options),
      ),
    );
  const alerts = daybreak.command('alerts').description('whether alerts reach people, and when they would');
  answering(
    alerts
      .command('test')
      .argument('[pipeline]', PIPELINE)
      .description('a marked example of each severity to each declared channel, and what came back'),
  )
    .option('--channel <name>', 'to this channel only')
    .action(
      exits(async (pipeline, options) => await (await import('./alerts.js')).alertsTestCommand(pipeline, options)),
    );
  answering(
    alerts
      .command('backtest')
      .argument('[pipeline]', PIPELINE)
      .description('which of the recorded nights would have rung, also by other thresholds; needs no server'),
  )
    .option('--set <key=value>', 'deadline or repair_time as it would be; may be repeated', collect)
    .option('--last <n>', 'only so many nights; by default all', wholeNumber)
    .action(
      exits(async (pipeline, options) => await (await import('./alerts.js')).alertsBacktestCommand(pipeline, options)),
    );
  answering(daybreak.command('dev').description('server, Web UI and worker, until stopped')).action(
    exits(async (options) => await (await import('./dev.js')).devCommand(options)),
  );
  answering(daybreak.command('doctor').description('what is wrong with this installation, and how to mend it'))
    .option('--pipeline <pipeline>', 'look at its databases too; by default those of the working directory')
    .action(exits(async (options) => await (await import('./doctor.js')).doctorCommand(options)));
  daybreak
    .command('worker')
    .description('a worker alone')
    .addOption(
      new Option('--only <part>', 'watch: it looks at nights and tells people, and runs nothing').choices(['watch']),
    )
    .action(exits(async (options) => await (await import('./dev.js')).workerCommand(options)));
  return daybreak;
}

interface Thrown {
  readonly name?: string;
  readonly message?: string;
  readonly kind?: string;
  readonly cause?: { readonly details?: string };
}

/** What is said of an error, and the exit code. By its shape: classes are loaded only by the commands that throw them. */
function told(error: unknown): { message: string; code: number } {
  const { name, message = String(error), kind, cause } = (error ?? {}) as Thrown;
  if ((error as Error).constructor.name === 'UnreachableError') return { message, code: 4 };
  if (name === 'DaybreakError')
    return { message, code: kind === 'BadRequest' || kind === 'BadDefinition' ? EXIT_USAGE : 1 };
  if (name !== 'ServiceError' || cause === undefined) return { message, code: 1 };
  const gone = isAway(error);
  const next = gone
    ? '\nnext: see whether the Temporal server is there, then do the same again; runs go on by themselves'
    : '';
  return { message: `${message}: ${cause.details ?? ''}${next}`, code: gone ? 4 : 1 };
}

async function main(): Promise<void> {
  try {
    await program().parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
      return;
    }
    const { message, code } = told(error);
    process.stderr.write(`${message}\n`);
    process.exitCode = code;
  }
}

void main();

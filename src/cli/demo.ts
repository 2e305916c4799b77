/** `daybreak demo`: everything on this machine, from nothing to an edition. */
import { join, relative } from 'node:path';
import { pipelineFolder } from '../adapters/definition/read';
import { DEFAULT_PIPELINE } from '../domain/run';
import { localDay } from '../domain/window';
import { makeSample } from '../sample';
import { type Context, contextOf } from './options';
import { type OutputOptions, textTable, thousands } from './output';
import { worksInPipeline } from './pipeline';
import { exitCodeOf, EXIT, resultText } from './render/result';
import { followRun, runLine } from './run';
import { openSession, type Session } from './session';

const ZONE = 'Europe/Berlin';

interface Options extends OutputOptions {
  readonly lines?: number;
  readonly postgres?: boolean;
  readonly night?: boolean;
}

const HEADLINES = `
  SELECT revenue, orders, active_customers, new_customers, average_order_value, round(100 * margin, 1) || ' %' AS margin,
    customers_at_high_risk, products_to_reorder, top_category
  FROM executive_summary`;

/** Money as people write it; counts with separators. */
function figure(value: unknown, type: string): string {
  if (type === 'DECIMAL(18,4)') return Number(value).toLocaleString('en-US', { style: 'currency', currency: 'EUR' });
  return type === 'BIGINT' ? thousands(Number(value)) : String(value ?? '');
}

async function headlines(session: Session, { output }: Context): Promise<void> {
  const { rows, columns } = await session.client.query(HEADLINES, {});
  const [figures] = rows;
  if (figures === undefined) return;
  output.say(`\n${output.paint.bold('the window in figures')}`);
  output.say(
    textTable(
      ['', ''],
      columns.map(({ name, type }) => [name.replaceAll('_', ' '), figure(figures[name], type)]),
      [1],
    ),
  );
}

/** In the folder of a pipeline, commands are about that one unless they name another. */
function nextSteps(elsewhere: boolean): string[][] {
  const of = elsewhere ? ` --pipeline ${DEFAULT_PIPELINE}` : '';
  return [
    ['  npx daybreak dev', 'keeps server, Web UI, worker'],
    [`  npx daybreak report --open${of}`, 'what people read of it'],
    [`  npx daybreak run${elsewhere ? ` ${DEFAULT_PIPELINE}` : ''}`, 'the same: nothing changed'],
    [`  npx daybreak query "from customer_metrics limit 5"${of}`, 'rows of the live edition'],
    [`  npx daybreak editions${of}`, 'what is published'],
  ];
}

export async function demoCommand(options: Options): Promise<number> {
  const context = contextOf(options);
  const { config, output } = context;
  const { paint } = output;
  const lines = options.lines ?? 100_000;
  if (options.postgres === true) return await (await import('./demo/postgres.js')).demoPostgres(context, lines);
  if (options.night === true) return await (await import('./demo/night.js')).demoNight(context);
  const session = await openSession(config, output, { worker: 'when none' });
  try {
    const until = localDay(new Date(), ZONE);
    // Where the shipped pipeline looks for its files, so that every other way to start it finds them too.
    const data = join(await pipelineFolder(DEFAULT_PIPELINE, process.cwd()), 'data');
    const shown = relative(process.cwd(), data);
    output.say(paint.dim(`making the sample shop up to ${until} in ${shown} …`));
    await makeSample({ folder: data, seed: 1, lines, until, zone: ZONE });
    const run = await session.client.start({ pipeline: DEFAULT_PIPELINE });
    output.say(runLine(session, run, output));
    const result = await followRun(session, run, context);
    if (output.json) {
      output.data(JSON.stringify(result, null, 2));
      return exitCodeOf(result);
    }
    output.data(resultText(result, output));
    if (exitCodeOf(result) !== EXIT.ok) return exitCodeOf(result);
    await headlines(session, context);
    const link = session.link(run);
    if (link !== null)
      output.say(
        `\nWeb UI of this run  ${link}${session.ownServer ? paint.dim('  (while a server runs: npx daybreak dev)') : ''}`,
      );
    output.say(`live edition        ${join(config.home, 'published', DEFAULT_PIPELINE, 'live')}`);
    output.say(`\n${paint.bold('what to try next')}`);
    output.say(textTable(['', ''], nextSteps(worksInPipeline())));
    return EXIT.ok;
  } finally {
    await session.close();
  }
}

/** `daybreak demo --postgres`: a shop in a real Postgres, two nights, sales between them, and a worker that is killed. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { DECLARATION } from '../../adapters/definition/read';
import { DEFAULT_PIPELINE, type RunResult } from '../../domain/run';
import { addDays, localDay } from '../../domain/window';
import { fillShop, makeSample, sellDay } from '../../sample';
import type { Context } from '../options';
import { counted, textTable, thousands } from '../output';
import { exitCodeOf, EXIT, resultText } from '../render/result';
import { followRun } from '../run';
import { keepWorker, openSession, type Session } from '../session';
import { copyShipped, DIES, missedSoon, ownConfig } from './own';
import { openShopDatabase, type ShopDatabase } from './shop-database';
import { beginLateOrder, countedInPostgres, deleteOrder, FIGURES, type Figures, rowCounts } from './shop-figures';
import { withSources } from './sources';

const ZONE = 'Europe/Berlin';
const SOURCES = 'sources.postgres.yaml';

/** The shipped folder with the other block of sources. */
async function pipelineIn(home: string): Promise<string> {
  const folder = join(home, DEFAULT_PIPELINE);
  const shipped = await copyShipped(folder);
  const block = missedSoon(await readFile(join(shipped, SOURCES), 'utf8'), 'postgres');
  const declaration = await readFile(join(shipped, DECLARATION), 'utf8');
  await writeFile(join(folder, DECLARATION), withSources(declaration, block));
  return folder;
}

/** One run with a worker for it. */
async function night(
  session: Session,
  context: Context,
  request: { readonly pipeline: string; readonly to: string },
  environment: Readonly<Record<string, string>> = {},
): Promise<RunResult> {
  const { config, output } = context;
  const own = { ...config, environment: { ...config.environment, ...environment } };
  const worker = await keepWorker(own, session.address, output);
  try {
    const run = await session.client.start(request);
    output.say(`${output.paint.bold(run.workflowId)}  ${output.paint.dim(session.link(run) ?? '')}`);
    return await followRun(session, run, context);
  } finally {
    await worker.stop();
  }
}

/** Rows that were read of each table, of how many. */
function readText(result: RunResult, there: ReadonlyMap<string, number>): string {
  const share = (read: number, all: number) => (all === 0 ? '' : `${((100 * read) / all).toFixed(1)} %`);
  const rows = result.sources.map(({ name, rows: read }) => [name, read, there.get(name) ?? 0] as const);
  const sum = (which: 1 | 2) => rows.reduce((total, row) => total + row[which], 0);
  const lines = [...rows, ['all', sum(1), sum(2)] as const];
  return textTable(
    ['read in the second night', 'rows', 'of', 'share'],
    lines.map(([name, read, all]) => [name, thousands(read), thousands(all), share(read, all)]),
    [1, 2, 3],
  );
}

const same = (left: Figures, right: Figures) =>
  left.orders === right.orders && Number(left.gross) === Number(right.gross);

/** The edition's figures beside those that Postgres has. */
async function compare(session: Session, pipeline: string, wanted: Figures): Promise<{ good: boolean; text: string }> {
  const { rows } = await session.client.query(FIGURES, { pipeline });
  const found = { orders: Number(rows[0]?.orders), gross: String(rows[0]?.gross) };
  const good = same(found, wanted);
  const shown = ({ orders, gross }: Figures) => [thousands(orders), gross];
  return {
    good,
    text: textTable(
      [good ? 'the same in both' : 'DIFFERENT', 'orders', 'worth, EUR'],
      [
        ['counted by Postgres', ...shown(wanted)],
        ['in the edition', ...shown(found)],
      ],
      [1, 2],
    ),
  };
}

/** Two nights over a database that is there, and a server. */
async function twoNights(
  session: Session,
  context: Context,
  { database, data, pipeline, until }: { database: ShopDatabase; data: string; pipeline: string; until: string },
): Promise<number> {
  const { output, config } = context;
  const { paint } = output;
  const shop = await database.connect();
  const late = await database.connect();
  const yesterday = addDays(until, -1);
  output.say(paint.dim(`filling the shop in ${database.shown} …`));
  await fillShop(shop, data, yesterday);
  await beginLateOrder(late, yesterday, ZONE);

  output.say(
    `\n${paint.bold('the first night')}: everything is read; one order is in a transaction that is still open`,
  );
  const first = await night(session, context, { pipeline, to: yesterday });
  if (exitCodeOf(first) !== EXIT.ok) {
    output.answer(first, () => resultText(first, output));
    return exitCodeOf(first);
  }
  output.say(resultText({ ...first, tables: [] }, output));

  const sold = await sellDay(shop, data, until);
  await deleteOrder(shop);
  await late.query('COMMIT');
  output.say(
    `\n${paint.bold('a day of sales')}: ${thousands(sold.get('orders') ?? 0)} orders new or changed, ${thousands(sold.get('refunds') ?? 0)} refunds, ${counted(sold.get('products') ?? 0, 'product')} changed; one order deleted; the open transaction commits`,
  );

  output.say(
    `\n${paint.bold('the second night')}: what changed is read, and kill -9 ends the worker in the middle of it`,
  );
  const second = await night(session, context, { pipeline, to: until }, { DAYBREAK_FAILPOINT: DIES });
  const code = exitCodeOf(second);
  output.answer(second, () => resultText(second, output));
  if (code !== EXIT.ok || second.window === null) return code;

  output.say(`\n${readText(second, await rowCounts(shop))}`);
  const { resumed } = second;
  const { good, text } = await compare(
    session,
    pipeline,
    await countedInPostgres(shop, { ...second.window, zone: ZONE }),
  );
  output.say(
    `\nthe worker was killed; resumed at ${counted(resumed.rows, 'row')}, which were there already; ${resumed.lost} lost; ${resumed.duplicated} duplicated`,
  );
  output.say(`\n${good ? text : paint.red(text)}`);
  const here = relative(process.cwd(), config.home);
  const store = `DAYBREAK_HOME=${here.startsWith('..') ? config.home : here}`;
  output.say(`\n${paint.bold('what to try next')}`);
  output.say(
    textTable(
      ['', ''],
      [
        [`  ${store} npx daybreak report --open --pipeline ${DEFAULT_PIPELINE}`, 'what people read of it'],
        [`  ${store} npx daybreak diff previous live --pipeline ${DEFAULT_PIPELINE}`, 'what the day changed'],
        ['  npx daybreak init shop --from postgres://…', 'a pipeline over a database of yours'],
      ],
    ),
  );
  return good ? EXIT.ok : EXIT.failed;
}

/** Everything that is started is stopped, and the database is gone; the editions stay. */
export async function demoPostgres(context: Context, lines: number): Promise<number> {
  const { config, output } = context;
  const until = localDay(new Date(), ZONE);
  output.say(
    output.paint.dim(
      `starting a shop in ${config.demoDatabase === undefined ? 'a Postgres of its own' : 'the Postgres of DAYBREAK_DEMO_DATABASE'} …`,
    ),
  );
  const database = await openShopDatabase(config.demoDatabase);
  try {
    // Only its own workers know where its database is.
    const own = { ...context, config: ownConfig(config, 'demo-postgres', { SHOP_DATABASE: database.readerUrl }) };
    const { home } = own.config;
    await rm(home, { recursive: true, force: true });
    const data = join(home, 'data');
    await makeSample({ folder: data, seed: 1, lines, until, zone: ZONE, days: 2 });
    const pipeline = await pipelineIn(home);
    const session = await openSession(own.config, output, { worker: 'none' });
    try {
      return await twoNights(session, own, { database, data, pipeline, until });
    } finally {
      await session.close();
    }
  } finally {
    await database.close();
  }
}

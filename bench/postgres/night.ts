/** The shipped pipeline over Postgres: a night that reads everything, then one after a day of sales; and plain DuckDB. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ledger } from '../../src/adapters/ledger';
import { readingStore } from '../../src/adapters/stores/files';
import type { DevServer } from '../../src/dev/dev-server';
import type { PlanDocument } from '../../src/domain/plan';
import { addDays } from '../../src/domain/window';
import { differences } from '../equal';
import { type ProductRun, startProduct } from '../product';
import { median, table, two } from '../report';
import { runScript, type ScriptRun } from '../script';
import { shopRun } from '../shop';
import { oneByOne, type Verb, verbsOf } from '../verbs';
import { makeOrders, ordersPipeline } from './orders';
import { type BenchPostgres, type Load, loadBetween, startBenchPostgres } from './server';
import { loadShop, sell, shopPipeline } from './shop';

interface Night {
  readonly run: ProductRun;
  readonly load: Load;
}

interface Round {
  readonly first: Night;
  readonly second: Night;
  readonly script: ScriptRun;
  /** How each model of the second night was made. */
  readonly how: ReadonlyMap<string, string>;
}

const cpu = ({ worker, engine, server }: Pick<Verb, 'worker' | 'engine' | 'server'>) => worker + engine + server;

/** What the receipts say: reused, so many rows of followed keys, or why the table was made whole. */
async function howMade(home: string, { result, planFile }: ProductRun): Promise<Map<string, string>> {
  const store = await readingStore(join(home, 'store'), join(home, 'looking'));
  const plan = JSON.parse(readFileSync(planFile, 'utf8')) as PlanDocument;
  const how = new Map<string, string>();
  for (const { name, fingerprint, written, increment } of plan.models) {
    if (!written) continue;
    const receipt = await ledger(store).find(fingerprint);
    const reused = result.models.find((model) => model.name === name)?.reused === true;
    const follows = increment === undefined ? 'whole' : `whole: ${receipt?.whole ?? 'there is no earlier table'}`;
    const made = receipt?.base === undefined ? follows : `followed: ${receipt.ownRows} of ${receipt.rows} rows`;
    how.set(name, reused ? 'reused' : made);
  }
  return how;
}

async function oneRound(
  entry: string,
  server: DevServer,
  folder: string,
  lines: number,
  postgres: BenchPostgres,
  note: (text: string) => void,
  proves: boolean,
): Promise<Round> {
  const { from = '', to = '', parameters } = await shopRun(lines);
  await loadShop(postgres.client, String(parameters?.data));
  const pipeline = shopPipeline(folder);
  const product = await startProduct(entry, server, folder);
  const night = async (days: number): Promise<Night> => {
    const before = await postgres.load();
    const run = await product.run({ pipeline, from: addDays(from, days), to: addDays(to, days) });
    return { run, load: loadBetween(before, await postgres.load()) };
  };
  try {
    await product.run({ pipeline: ordersPipeline(folder, 'warm') });
    const first = await night(-1);
    note(`first night: ${two(first.run.wall)} s, CPU ${two(cpu(first.run))} s`);
    const sold = await sell(postgres.client, to);
    const second = await night(0);
    note(
      `after ${sold.orders} orders, ${sold.lines} new lines: ${two(second.run.wall)} s, CPU ${two(cpu(second.run))} s`,
    );
    const target = join(folder, 'script');
    const script = await runScript({ plan: second.run.planFile, target, database: postgres.url });
    note(`plain DuckDB over everything: ${two(script.wall)} s, CPU ${two(script.cpu)} s`);
    const wrong = proves ? await differences(second.run.result.tables, target) : [];
    if (wrong.length > 0) throw new Error(`the two sides differ, so this is no comparison\n${wrong.join('\n')}`);
    return { first, second, script, how: await howMade(product.home, second.run) };
  } finally {
    await product.stop();
  }
}

const verbCpu = (run: ProductRun, name: string) => {
  const verb = verbsOf(run).find((each) => each.name === name);
  return verb === undefined ? 0 : cpu(verb);
};

function ratios(lines: number, rounds: readonly Round[]): string {
  const row = (what: string, first: (round: Round) => number, second: (round: Round) => number) => {
    const shares = rounds.map((round) => second(round) / first(round));
    return [
      what,
      two(median(rounds.map(first))),
      two(median(rounds.map(second))),
      median(shares).toFixed(3),
      `${Math.min(...shares).toFixed(3)} to ${Math.max(...shares).toFixed(3)}`,
    ];
  };
  return table(
    [`${lines} order lines, ${rounds.length} rounds, medians`, 'full', 'night', 'ratio', 'from … to'],
    [
      row(
        'CPU, s',
        ({ first }) => cpu(first.run),
        ({ second }) => cpu(second.run),
      ),
      row(
        '  of the extract',
        ({ first }) => verbCpu(first.run, 'extract'),
        ({ second }) => verbCpu(second.run, 'extract'),
      ),
      row(
        'wall, s',
        ({ first }) => first.run.wall,
        ({ second }) => second.run.wall,
      ),
      row(
        'CPU of Postgres, s',
        ({ first }) => first.load.cpu,
        ({ second }) => second.load.cpu,
      ),
      row(
        'pages of 8 kB that Postgres looked at',
        ({ first }) => first.load.pages,
        ({ second }) => second.load.pages,
      ),
      row(
        'CPU of plain DuckDB over everything, s',
        ({ script }) => script.cpu,
        ({ second }) => cpu(second.run),
      ),
    ],
  );
}

function steps(rounds: readonly Round[]): string {
  const names = verbsOf(rounds[0]?.second.run as ProductRun).map(({ name }) => name);
  const of = (which: 'first' | 'second', name: string, figure: (verb: Verb) => number) =>
    two(median(rounds.map((round) => figure(verbsOf(round[which].run).find((verb) => verb.name === name) as Verb))));
  return table(
    ['CPU seconds by step', 'full', 'night', 'worker', 'engine', 'server', 'wall'],
    names.map((name) => [
      name,
      of('first', name, cpu),
      of('second', name, cpu),
      of('second', name, ({ worker }) => worker),
      of('second', name, ({ engine }) => engine),
      of('second', name, ({ server }) => server),
      of('second', name, ({ wall }) => wall),
    ]),
  );
}

function models(rounds: readonly Round[]): string {
  const all = rounds.map(({ first, second }) => ({
    full: new Map(oneByOne(first.run, 'transform_').map((verb) => [verb.name, cpu(verb)])),
    night: new Map(oneByOne(second.run, 'transform_').map((verb) => [verb.name, cpu(verb)])),
  }));
  const names = [...(all[0]?.night.keys() ?? [])];
  const of = (which: 'full' | 'night', name: string) => median(all.map((round) => round[which].get(name) ?? 0));
  return table(
    ['CPU seconds by model', 'full', 'night', 'how'],
    names
      .toSorted((left, right) => of('night', right) - of('night', left))
      .map((name) => [name, two(of('full', name)), two(of('night', name)), rounds[0]?.how.get(name) ?? '']),
  );
}

export async function postgresNights(
  entry: string,
  server: DevServer,
  folder: string,
  lines: number,
  count: number,
  note: (text: string) => void,
): Promise<string> {
  const postgres = await startBenchPostgres();
  try {
    process.env.BENCH_DATABASE = postgres.url;
    process.env.SHOP_DATABASE = postgres.url;
    await makeOrders(postgres.client, 'warm', 10_000);
    const rounds: Round[] = [];
    for (let round = 0; round < count; round++)
      rounds.push(await oneRound(entry, server, folder, lines, postgres, note, round === 0));
    return [ratios(lines, rounds), steps(rounds), models(rounds)].join('\n\n');
  } finally {
    await postgres.stop();
  }
}

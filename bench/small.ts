/** What a warm worker needs for little work: a small shop, and 47 models that do nothing. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DevServer } from '../src/dev/dev-server';
import type { RunRequest } from '../src/domain/run';
import { type Product, type ProductRun, startProduct } from './product';
import { median, table } from './report';
import { shopRun } from './shop';
import { verbsOf } from './verbs';

const SMALL_LINES = 10_000;
const MODELS = 47;

/** Models as a tree: each reads the one above it, and every one is written. `round` makes them all anew. */
function noOpPipeline(folder: string): string {
  const target = join(folder, 'no-op');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(join(target, 'models'), { recursive: true });
  writeFileSync(join(target, 'one.csv'), 'n\n1\n');
  writeFileSync(
    join(target, 'pipeline.yaml'),
    `name: no-op
zone: UTC
parameters:
  round: { type: integer, default: 0 }
sources:
  one: { type: csv, path: one.csv, columns: { n: BIGINT } }
`,
  );
  for (let number = 1; number <= MODELS; number++) {
    const name = (index: number) => `m${String(index).padStart(2, '0')}`;
    const sql =
      number === 1
        ? "-- publish: true\nSELECT n, getvariable('round') AS round FROM one"
        : `SELECT n, round FROM ${name(number >> 1)}`;
    writeFileSync(join(target, 'models', `${name(number)}.sql`), `${sql}\n`);
  }
  return target;
}

async function rounds(product: Product, count: number, request: (round: number) => Promise<RunRequest>) {
  const runs: ProductRun[] = [];
  await product.run(await request(0));
  for (let round = 1; round <= count; round++) runs.push(await product.run(await request(round)));
  return runs;
}

function show(name: string, runs: readonly ProductRun[]): string {
  const two = (of: (run: ProductRun) => number) => median(runs.map(of)).toFixed(2);
  const verbs = verbsOf(runs[0] as ProductRun).map(({ name: verb }) => {
    const of = (key: 'wall' | 'worker' | 'engine' | 'server') =>
      two((run) => verbsOf(run).find((each) => each.name === verb)?.[key] ?? 0);
    return [`  ${verb}`, of('wall'), of('worker'), of('engine'), of('server')];
  });
  return table(
    [name, 'wall', 'worker CPU', 'engine CPU', 'server CPU'],
    [
      ['all', two((run) => run.wall), two((run) => run.worker), two((run) => run.engine), two((run) => run.server)],
      ...verbs,
    ],
  );
}

export async function smallJobs(entry: string, server: DevServer, folder: string, count: number): Promise<string> {
  const product = await startProduct(entry, server, folder);
  try {
    const shop = await rounds(product, count, async (round) => await shopRun(SMALL_LINES, 1 + round));
    const pipeline = noOpPipeline(folder);
    const noOp = await rounds(product, count, async (round) => ({ pipeline, parameters: { round } }));
    const events = (runs: readonly ProductRun[]) => `history: ${median(runs.map((run) => run.events))} events`;
    return [
      show(`small job, ${SMALL_LINES} lines, s`, shop),
      events(shop),
      '',
      show(`${MODELS} models that do nothing, s`, noOp),
      events(noOp),
    ].join('\n');
  } finally {
    await product.stop();
  }
}

/** `npm run bench`: the product against a plain DuckDB script that makes the same tables. README.md tells the rest. */
import { existsSync, mkdirSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../src/config';
import { type DevServer, startDevServer } from '../src/dev/dev-server';
import { findTemporal } from '../src/dev/temporal-binary';
import { differences } from './equal';
import { nights } from './nights';
import { extracts } from './postgres/extract';
import { postgresNights } from './postgres/night';
import { type Product, type ProductRun, startProduct } from './product';
import { comparison, whereItGoes } from './report';
import { runScript, type ScriptRun } from './script';
import { FOLDER, ROOT, shopRun } from './shop';
import { smallJobs } from './small';

const WARM_LINES = 10_000;

const say = (text: string) => process.stdout.write(`${text}\n`);
const note = (text: string) => process.stderr.write(`${text}\n`);

async function compare(server: DevServer, workers: readonly string[], lines: number, rounds: number): Promise<void> {
  note(`making the sample of ${lines} lines, unless it is there`);
  const [warm, request] = [await shopRun(WARM_LINES), await shopRun(lines)];
  const product = new Map<string, ProductRun[]>(workers.map((entry) => [entry, []]));
  const script: ScriptRun[] = [];
  const target = join(FOLDER, 'script');
  for (let round = 0; round < rounds; round++) {
    const order = [...workers.keys()].map((_, index) => workers[(index + round) % workers.length] as string);
    for (const entry of order) {
      const started: Product = await startProduct(entry, server, FOLDER);
      try {
        await started.run(warm);
        const run = await started.run(request);
        product.get(entry)?.push(run);
        note(
          `round ${round + 1}: product ${basename(resolve(entry, '..', '..'))}: ${brief(run.wall, run.worker + run.engine + run.server)}`,
        );
        if (script.length <= round) {
          script.push(await runScript({ plan: run.planFile, target }));
          note(`round ${round + 1}: script: ${brief(script[round]?.wall ?? 0, script[round]?.cpu ?? 0)}`);
        }
        const wrong = round === 0 ? await differences(run.result.tables, target) : [];
        if (wrong.length > 0) throw new Error(`the two sides differ, so this is no comparison\n${wrong.join('\n')}`);
      } finally {
        await started.stop();
      }
    }
  }
  say(
    `${lines} order lines, ${rounds} rounds, medians; ${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GB`,
  );
  for (const [entry, runs] of product) {
    say(`\n${comparison(workers.length === 1 ? 'both' : entry, runs, script)}`);
    say(`\n${whereItGoes(runs, script)}`);
  }
}

const brief = (wall: number, cpu: number) => `${wall.toFixed(2)} s, CPU ${cpu.toFixed(2)} s`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      lines: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '3' },
      small: { type: 'boolean', default: false },
      nights: { type: 'boolean', default: false },
      postgres: { type: 'boolean', default: false },
      night: { type: 'boolean', default: false },
      rows: { type: 'string', default: '5000000' },
      worker: { type: 'string', multiple: true, default: [join(ROOT, 'dist', 'worker.js')] },
    },
  });
  const workers = values.worker.map((entry) => resolve(entry));
  const missing = workers.find((entry) => !existsSync(entry));
  if (missing !== undefined) throw new Error(`${missing} is not there; run \`npm run build\` first`);
  mkdirSync(FOLDER, { recursive: true });
  const binary = await findTemporal({ cacheDir: loadConfig().cache, onProgress: note });
  const server = await startDevServer({ binary, home: join(FOLDER, 'server'), port: 0, uiPort: 0 });
  try {
    const [lines, rounds] = [Number(values.lines), Number(values.rounds)];
    if (values.postgres && values.night) {
      for (const entry of workers) say(await postgresNights(entry, server, FOLDER, lines, rounds, note));
    } else if (values.postgres) {
      for (const entry of workers) say(await extracts(entry, server, FOLDER, Number(values.rows), rounds, note));
    } else if (values.small) for (const entry of workers) say(await smallJobs(entry, server, FOLDER, rounds));
    else if (values.nights) for (const entry of workers) say(await nights(entry, server, FOLDER, lines, rounds));
    else await compare(server, workers, lines, rounds);
  } finally {
    await server.stop();
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    note(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exit(1);
  },
);

/** The extract of one table against a plain COPY of it, in turn. */
import { DuckDBInstance } from '@duckdb/node-api';
import type { DevServer } from '../../src/dev/dev-server';
import { literal } from '../../src/domain/sql';
import { type ProductRun, startProduct } from '../product';
import { median, table, two, whole } from '../report';
import { verbsOf } from '../verbs';
import { makeOrders, ordersPipeline } from './orders';
import { type PlainRun, runPlain } from './plain';
import { type Load, loadBetween, startBenchPostgres } from './server';

const WARM_ROWS = 10_000;

interface Side {
  readonly wall: number;
  readonly cpu: number;
  readonly memory: number;
  readonly load: Load;
}

async function proofOf({ result }: ProductRun): Promise<string> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(`FROM read_parquet(${literal(result.tables[0]?.uri ?? '')})`);
  const proof = reader.getRowsJson()[0]?.map(String).join(' ') ?? '';
  connection.closeSync();
  instance.closeSync();
  return proof;
}

/** The lanes alone, from the beginning of the first to the end of the last; memory is that of worker and engine. */
function extractOf(run: ProductRun, load: Load): Side {
  const verb = verbsOf(run).find(({ name }) => name === 'extract');
  if (verb === undefined) throw new Error('nothing was extracted');
  return { wall: verb.wall, cpu: verb.worker + verb.engine + verb.server, memory: verb.memory, load };
}

function shown(rows: number, product: readonly Side[], plain: readonly Side[]): string {
  const compare = (what: string, of: (side: Side) => number, text: (value: number) => string) => {
    const ratios = product.map((side, index) => of(side) / of(plain[index] as Side));
    const spread = `${two(Math.min(...ratios))} to ${two(Math.max(...ratios))}`;
    return [what, text(median(product.map(of))), text(median(plain.map(of))), two(median(ratios)), spread];
  };
  return table(
    [`${rows} rows, ${product.length} rounds, medians`, 'product', 'COPY', 'ratio', 'from … to'],
    [
      compare('rows/s', ({ wall }) => rows / wall, whole),
      compare('wall, s', ({ wall }) => wall, two),
      compare('CPU of who reads, s', ({ cpu }) => cpu, two),
      compare('peak memory, MB', ({ memory }) => memory, whole),
      compare('CPU of Postgres, s', ({ load }) => load.cpu, two),
      compare('pages of 8 kB that Postgres looked at', ({ load }) => load.pages, whole),
    ],
  );
}

export async function extracts(
  entry: string,
  server: DevServer,
  folder: string,
  rows: number,
  rounds: number,
  note: (text: string) => void,
): Promise<string> {
  const postgres = await startBenchPostgres();
  try {
    note(`making a table of ${rows} rows`);
    await makeOrders(postgres.client, 'warm', WARM_ROWS);
    await makeOrders(postgres.client, 'orders', rows);
    process.env.BENCH_DATABASE = postgres.url;
    const [warm, pipeline] = [ordersPipeline(folder, 'warm'), ordersPipeline(folder, 'orders')];
    const [product, plain]: [Side[], Side[]] = [[], []];
    const measured = async <T>(work: () => Promise<T>): Promise<[T, Load]> => {
      const before = await postgres.load();
      const done = await work();
      return [done, loadBetween(before, await postgres.load())];
    };
    // The first to read a table writes what it learns of its rows back to it.
    await runPlain({ url: postgres.url, table: 'orders', folder });
    for (let round = 0; round < rounds; round++) {
      const worker = await startProduct(entry, server, folder);
      let proof: string;
      try {
        await worker.run({ pipeline: warm });
        const [run, load] = await measured(async () => await worker.run({ pipeline }));
        product.push(extractOf(run, load));
        proof = await proofOf(run);
      } finally {
        await worker.stop();
      }
      const [copied, load]: [PlainRun, Load] = await measured(
        async () => await runPlain({ url: postgres.url, table: 'orders', folder }),
      );
      plain.push({ wall: copied.wall, cpu: copied.cpu, memory: copied.peak, load });
      if (proof !== copied.proof)
        throw new Error(`the two sides differ, so this is no comparison: ${proof}, ${copied.proof}`);
      for (const [name, sides] of Object.entries({ product, COPY: plain })) {
        const side = sides.at(-1) as Side;
        note(
          `round ${round + 1}: ${name}: ${two(side.wall)} s, CPU ${two(side.cpu)} s, Postgres ${two(side.load.cpu)} s`,
        );
      }
    }
    return shown(rows, product, plain);
  } finally {
    await postgres.stop();
  }
}

/** What a second night costs: the same history, one day later. What reads no as_of is there already. */
import { join } from 'node:path';
import type { DevServer } from '../src/dev/dev-server';
import { addDays } from '../src/domain/window';
import { type ProductRun, startProduct } from './product';
import { median, table } from './report';
import { runScript, type ScriptRun } from './script';
import { shopRun } from './shop';

const WARM_LINES = 10_000;
const cpuOf = (run: ProductRun) => run.worker + run.engine + run.server;
const two = (value: number) => value.toFixed(2);

/** The night before the shop's last day, then that of its last day, on one store; the script makes the second anew. */
export async function nights(
  entry: string,
  server: DevServer,
  folder: string,
  lines: number,
  rounds: number,
): Promise<string> {
  const [warm, second] = [await shopRun(WARM_LINES), await shopRun(lines)];
  const before = (day: string | undefined) => addDays(day ?? '', -1);
  const first = { ...second, from: before(second.from), to: before(second.to) };
  const runs: { first: ProductRun; second: ProductRun; script: ScriptRun }[] = [];
  for (let round = 0; round < rounds; round++) {
    const product = await startProduct(entry, server, folder);
    try {
      // As of an earlier day, since an older edition never replaces a newer one.
      await product.run({ ...warm, from: before(first.from), to: before(first.to) });
      const night = { first: await product.run(first), second: await product.run(second) };
      const script = await runScript({ plan: night.second.planFile, target: join(folder, 'script') });
      runs.push({ ...night, script });
    } finally {
      await product.stop();
    }
  }
  const row = (name: string, of: (run: (typeof runs)[number]) => [wall: number, cpu: number], reused = '') => {
    const values = runs.map(of);
    return [name, two(median(values.map(([wall]) => wall))), two(median(values.map(([, cpu]) => cpu))), reused];
  };
  const models = runs[0]?.second.result.models ?? [];
  return table(
    [`${lines} order lines, ${rounds} rounds, medians`, 'wall, s', 'CPU, s', 'models reused'],
    [
      row('first night', ({ first: run }) => [run.wall, cpuOf(run)]),
      row(
        'second night, a day later',
        ({ second: run }) => [run.wall, cpuOf(run)],
        `${models.filter(({ reused }) => reused).length} of ${models.length}`,
      ),
      row('script, every night', ({ script }) => [script.wall, script.cpu]),
    ],
  );
}

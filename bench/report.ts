/** Figures as text. */
import type { ProductRun } from './product';
import type { ScriptRun } from './script';
import { oneByOne, type Verb, verbsOf } from './verbs';

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

const cpuOf = (run: ProductRun) => run.worker + run.engine + run.server;
export const two = (value: number) => value.toFixed(2);
export const whole = (value: number) => String(Math.round(value));

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, index) => Math.max(name.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join('  ')
      .trimEnd();
  return [head, ...rows].map(line).join('\n');
}

const spreadOf = (values: readonly number[]) => `${two(Math.min(...values))} to ${two(Math.max(...values))}`;

/** One contestant's rounds against the script's, round by round. */
export function comparison(name: string, product: readonly ProductRun[], script: readonly ScriptRun[]): string {
  const rows: string[][] = [];
  const compare = (what: string, mine: readonly number[], theirs: readonly number[], text = two) => {
    const ratios = mine.map((value, index) => value / (theirs[index] ?? Number.NaN));
    rows.push([what, text(median(mine)), text(median(theirs)), two(median(ratios)), spreadOf(ratios)]);
  };
  compare(
    'wall, s',
    product.map(({ wall }) => wall),
    script.map(({ wall }) => wall),
  );
  compare(
    'CPU, s',
    product.map(cpuOf),
    script.map(({ cpu }) => cpu),
  );
  rows.push(
    ['  worker', two(median(product.map(({ worker }) => worker))), '', '', ''],
    ['  engine', two(median(product.map(({ engine }) => engine))), '', '', ''],
    ['  server', two(median(product.map(({ server }) => server))), '', '', ''],
  );
  const peak = ({ workerPeak, enginePeak }: ProductRun) => workerPeak + enginePeak;
  compare(
    'peak memory, MB',
    product.map(peak),
    script.map((run) => run.peak),
    whole,
  );
  rows.push(
    ['  worker', whole(median(product.map((run) => run.workerPeak))), '', '', ''],
    ['  engine', whole(median(product.map((run) => run.enginePeak))), '', '', ''],
  );
  const more = product.map((run, index) => cpuOf(run) - (script[index]?.cpu ?? Number.NaN));
  return [
    table([name, 'product', 'script', 'ratio', 'from … to'], rows),
    `CPU above the script: ${two(median(more))} s (${spreadOf(more)})`,
  ].join('\n');
}

/** The script's seconds for a verb, or for one step of it. */
const scriptCpu = (runs: readonly ScriptRun[], isOf: (name: string) => boolean) =>
  median(runs.map(({ verbs }) => verbs.filter((verb) => isOf(verb.name)).reduce((sum, verb) => sum + verb.cpu, 0)));

function medians(all: readonly (readonly Verb[])[]): Verb[] {
  const names = [...new Set(all.flatMap((verbs) => verbs.map(({ name }) => name)))];
  return names.map((name) => {
    const same = all.flatMap((verbs) => verbs.filter((verb) => verb.name === name));
    const of = (key: Exclude<keyof Verb, 'name'>) => median(same.map((verb) => verb[key]));
    return {
      name,
      wall: of('wall'),
      worker: of('worker'),
      engine: of('engine'),
      server: of('server'),
      memory: of('memory'),
    };
  });
}

const lineOf = (verb: Verb, script: number) => [
  verb.name,
  two(verb.wall),
  two(verb.worker),
  two(verb.engine),
  two(verb.server),
  verb.memory === 0 ? '' : whole(verb.memory),
  two(script),
  two(verb.worker + verb.engine + verb.server - script),
];

/** Where the product's time goes, beside what the script needs for the same. */
export function whereItGoes(product: readonly ProductRun[], script: readonly ScriptRun[]): string {
  const head = ['CPU seconds', 'wall', 'worker', 'engine', 'server', 'MB', 'script', 'more'];
  const byVerb = medians(product.map(verbsOf));
  const ofVerb = (name: string) => (verb: string) =>
    name === 'extract' || name === 'transform' ? verb.startsWith(`${name} `) : verb === name;
  const verbs = byVerb.map((verb) => lineOf(verb, scriptCpu(script, ofVerb(verb.name))));
  const seconds = (run: ProductRun) =>
    run.result.sources.map(({ name, seconds: wall, parts }) => ({ name, wall, parts }));
  const sources = seconds(product[0] as ProductRun).map(({ name, parts }) => [
    name,
    String(parts),
    two(median(product.map((run) => seconds(run).find((source) => source.name === name)?.wall ?? 0))),
    two(scriptCpu(script, (verb) => verb === `extract ${name}`)),
  ]);
  const models = medians(product.map((run) => oneByOne(run, 'transform_')))
    .toSorted((a, b) => b.worker + b.engine - a.worker - a.engine)
    .slice(0, 10)
    .map((verb) =>
      lineOf(
        verb,
        scriptCpu(script, (name) => name === `transform ${verb.name}`),
      ),
    );
  return [
    table(head, verbs),
    '',
    table(['extract', 'parts', 'wall', 'script CPU'], sources),
    '',
    table(['transform, the ten largest', ...head.slice(1)], models),
  ].join('\n');
}

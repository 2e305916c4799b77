/** `daybreak init`: a pipeline folder of one's own, from nothing or from files. */
import { relative, resolve } from 'node:path';
import { initFromFiles, initStarter, type MadePipeline } from '../init';
import { contextOf } from './options';
import { counted, type Output, type OutputOptions, printable, textTable, thousands } from './output';
import { EXIT } from './render/result';

interface Options extends OutputOptions {
  readonly from?: readonly string[];
}

/** Values that were taken for slips: a person must know of each column that has some. */
const setAside = (sources: MadePipeline['sources']) =>
  sources.flatMap(({ name, odd }) =>
    odd.map(
      ({ column, records, example }) =>
        `${name}.${column}: ${counted(records, 'record')} set aside, ${records === 1 ? 'for' : 'such as for'} ${example}`,
    ),
  );

function madeText({ name, renamed, folder, sources, models, guesses }: MadePipeline, output: Output): string {
  const here = relative(process.cwd(), folder) || '.';
  const shown = here.startsWith('..') ? folder : here;
  const [model = ''] = models;
  const [rows, quarantined] = (['rows', 'quarantined'] as const).map((figure) =>
    sources.reduce((sum, source) => sum + source[figure], 0),
  ) as [number, number];
  return [
    `${output.paint.bold(name)} is made in ${shown}: read ${counted(rows + quarantined, 'record')}, ${thousands(quarantined)} would be quarantined`,
    textTable(
      ['source', 'files', 'rows', 'quarantined', 'key'],
      sources.map((source) => [
        source.name,
        source.files === 1 ? source.path : `${source.path} (${thousands(source.files)})`,
        thousands(source.rows),
        thousands(source.quarantined),
        source.key?.join(', ') ?? 'none found',
      ]),
      [2, 3],
    ),
    ...(renamed === undefined ? [] : [output.paint.yellow(`the name is ${name}, as ${renamed}`)]),
    ...setAside(sources).map((line) => output.paint.yellow(printable(line))),
    '',
    output.paint.bold('what to do next'),
    ...(guesses === 0
      ? []
      : [`  $EDITOR ${shown}/pipeline.yaml    ${counted(guesses, 'line')} with "guess:" to confirm`]),
    `  daybreak validate ${shown}`,
    `  daybreak run ${shown}`,
    `  daybreak query 'from ${model} limit 5' --pipeline ${shown}`,
  ].join('\n');
}

export async function initCommand(folder: string, options: Options): Promise<number> {
  const { config, output } = contextOf(options);
  const target = resolve(folder);
  const settings = { folder: target, home: config.home, memoryBytes: config.memoryBytes, threads: config.threads };
  if (options.from !== undefined) output.say(output.paint.dim('reading every record of the files …'));
  const made =
    options.from === undefined
      ? await initStarter(settings)
      : await initFromFiles({ ...settings, from: options.from, base: process.cwd(), now: new Date() });
  output.answer(made, () => madeText(made, output));
  return EXIT.ok;
}

/** `daybreak init`: a pipeline folder of one's own, from nothing or from files. */
import { relative, resolve } from 'node:path';
import { DaybreakError } from '../domain/failure';
import { initFromDatabase, initFromFiles, initStarter, type MadeFromDatabase, type MadePipeline } from '../init';
import { contextOf } from './options';
import { counted, type Output, type OutputOptions, printable, textTable, thousands } from './output';
import { EXIT } from './render/result';

interface Options extends OutputOptions {
  readonly from?: readonly string[];
  readonly table?: readonly string[];
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

function madeFromDatabaseText(made: MadeFromDatabase, { paint }: Output): string {
  const { name, renamed, folder, sources, leftOut, models, guesses, variable, isSet } = made;
  const here = relative(process.cwd(), folder) || '.';
  const shown = here.startsWith('..') ? folder : here;
  return [
    `${paint.bold(name)} is made in ${shown}, from the catalogue; no row was read`,
    textTable(
      ['source', 'table', 'rows, about', 'key', 'cursor', 'read with'],
      sources.map(({ name: source, table, rows, key, cursor, parent }) => [
        ...[source, table, rows === null ? 'not known' : thousands(rows), key.join(', ')],
        ...[cursor ?? (parent === null ? 'none: all, every night' : ''), parent ?? ''],
      ]),
      [2],
    ),
    ...leftOut.map(({ table, why }) => paint.yellow(printable(`left out: ${table}: ${why}`))),
    ...(renamed === undefined ? [] : [paint.yellow(`the name is ${name}, as ${renamed}`)]),
    '',
    paint.bold('what to do next'),
    ...(isSet
      ? [`  ${variable} has the URL already; the worker needs it too`]
      : [`  export ${variable}='postgres://…'    the URL after --from: it is written into no file`]),
    ...(guesses === 0
      ? []
      : [`  $EDITOR ${shown}/pipeline.yaml    ${counted(guesses, 'line')} with "guess:" to confirm`]),
    `  daybreak doctor --pipeline ${shown}    whether grants, indexes and clock are as they should`,
    `  daybreak run ${shown}`,
    `  daybreak query 'from ${models[0] ?? ''} limit 5' --pipeline ${shown}`,
  ].join('\n');
}

const isDatabase = (from: string) => /^postgres(ql)?:/.test(from);

export async function initCommand(folder: string, options: Options): Promise<number> {
  const { config, output } = contextOf(options);
  const target = resolve(folder);
  const settings = { folder: target, home: config.home, memoryBytes: config.memoryBytes, threads: config.threads };
  const [url, ...others] = options.from ?? [];
  if (url !== undefined && isDatabase(url)) {
    if (others.length > 0) {
      throw new DaybreakError('BadRequest', {
        where: '--from',
        what: 'a database and something else are given',
        expected: 'one URL, or files',
        next: 'make a folder of each; the sources of one can be copied into the other',
      });
    }
    output.say(output.paint.dim('reading the catalogue …'));
    const tables = options.table ?? [];
    const made = await initFromDatabase({
      folder: target,
      url,
      tables,
      home: config.home,
      environment: config.environment,
    });
    output.answer(made, () => madeFromDatabaseText(made, output));
    return EXIT.ok;
  }
  if (options.table !== undefined) {
    throw new DaybreakError('BadRequest', {
      where: '--table',
      what: 'tables are named without a database',
      expected: '--from postgres://…',
      next: 'give the URL of the database, or leave --table out',
    });
  }
  if (options.from !== undefined) output.say(output.paint.dim('reading every record of the files …'));
  const made =
    options.from === undefined
      ? await initStarter(settings)
      : await initFromFiles({ ...settings, from: options.from, base: process.cwd(), now: new Date() });
  output.answer(made, () => madeText(made, output));
  return EXIT.ok;
}

/** `daybreak quarantine`: records that a run set aside, as a summary and rows, as CSV or as JSON. */
import { published, type Quarantined } from '../published';
import { csvText } from './csv';
import { contextOf } from './options';
import {
  counted,
  instantText,
  oneLine,
  type Output,
  type OutputOptions,
  textTable,
  thousands,
  valueText,
  wrapped,
} from './output';
import { pipelineOf } from './pipeline';
import { EXIT } from './render/result';

interface Options extends OutputOptions {
  readonly pipeline?: string;
  readonly source?: string;
  readonly csv?: boolean;
  readonly limit: number;
}

/** Long records are cut on the terminal, and reasons take more lines; CSV and JSON have them as they are kept. */
const CELL = 100;

export function quarantinedText(found: Quarantined, { paint }: Output): string {
  const { sources, reasons, rows, columns } = found;
  const unknown = sources.reduce((sum, source) => sum + source.unknownParts, 0);
  const lines = [
    `${paint.bold(found.workflowId)}  ${found.pipeline}, planned ${instantText(found.plannedAt)}`,
    '',
    textTable(
      ['source', 'read', 'quarantined', 'share'],
      sources.map(({ source, read, quarantined }) => [
        source,
        thousands(read),
        thousands(quarantined),
        read === 0 ? '' : `${((100 * quarantined) / read).toFixed(quarantined === 0 ? 0 : 2)} %`,
      ]),
      [1, 2, 3],
    ),
  ];
  if (unknown > 0)
    lines.push('', paint.yellow(`${counted(unknown, 'part')} not in the ledger: not read yet, or swept since then`));
  if (rows.length === 0) return [...lines, '', 'nothing is set aside'].join('\n');
  const names = columns.map(({ name }) => name);
  return [
    ...lines,
    '',
    textTable(
      ['source', 'records', 'reason'],
      reasons.map(({ source, records, reason }) => [source, thousands(records), wrapped(reason, CELL)]),
      [1],
    ),
    '',
    textTable(
      names,
      rows.map((row) => names.map((name) => oneLine(valueText(row[name]), CELL))),
      [names.indexOf('record')],
    ),
  ].join('\n');
}

export async function quarantineCommand(run: string | undefined, options: Options): Promise<number> {
  const { config, output } = contextOf(options);
  const { pipeline, source, limit } = options;
  const found = await published(config).quarantined({
    limit,
    ...(run === undefined ? {} : { run }),
    // A run says itself which pipeline it is of.
    ...(run !== undefined && pipeline === undefined ? {} : { pipeline: await pipelineOf(pipeline, output) }),
    ...(source === undefined ? {} : { source }),
  });
  if (options.csv === true) output.data(csvText(found.columns, found.rows));
  else output.answer(found, () => quarantinedText(found, output));
  if (found.truncated) output.say(output.paint.yellow(`more than ${counted(limit, 'record')}; --limit shows more`));
  return EXIT.ok;
}

/** `daybreak query`: rows of the live edition as table, CSV or JSON. */
import { published } from '../published';
import { csvText, numericColumns } from './csv';
import { contextOf } from './options';
import { type OutputOptions, textTable, valueText } from './output';
import { pipelineOf } from './pipeline';
import { EXIT } from './render/result';

interface Options extends OutputOptions {
  readonly pipeline?: string;
  readonly edition?: string;
  readonly csv?: boolean;
  readonly limit: number;
}

export async function queryCommand(sql: string, options: Options): Promise<number> {
  const { config, output } = contextOf(options);
  const { columns, rows, truncated, edition } = await published(config).query(sql, {
    limit: options.limit,
    pipeline: await pipelineOf(options.pipeline, output),
    ...(options.edition === undefined ? {} : { edition: options.edition }),
  });
  const names = columns.map(({ name }) => name);
  if (options.csv === true) {
    output.data(csvText(columns, rows));
  } else {
    output.answer({ edition, columns, rows, truncated }, () =>
      textTable(
        names,
        rows.map((row) => names.map((name) => valueText(row[name]))),
        numericColumns(columns),
      ),
    );
  }
  if (truncated)
    output.say(
      output.paint.yellow(`more than ${options.limit} row${options.limit === 1 ? '' : 's'}; --limit shows more`),
    );
  return EXIT.ok;
}

/** `daybreak query`: rows of the live edition as table, CSV or JSON. */
import { published } from '../published';
import { contextOf, pipelineArgument } from './options';
import { type OutputOptions, textTable, valueText } from './output';
import { EXIT } from './render/result';

interface Options extends OutputOptions {
  readonly pipeline?: string;
  readonly edition?: string;
  readonly csv?: boolean;
  readonly limit: number;
}

const NUMERIC = /^(BIGINT|INTEGER|SMALLINT|DOUBLE|DECIMAL|HUGEINT|UBIGINT)/;

/** A cell that a spreadsheet would take for a formula gets a quote in front. */
function csvCell(value: unknown, numeric: boolean): string {
  const text = valueText(value);
  const safe = !numeric && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return value === '' || /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export async function queryCommand(sql: string, options: Options): Promise<number> {
  const { config, output } = contextOf(options);
  const { columns, rows, truncated, edition } = await published(config).query(sql, {
    limit: options.limit,
    ...(options.pipeline === undefined ? {} : { pipeline: pipelineArgument(options.pipeline) }),
    ...(options.edition === undefined ? {} : { edition: options.edition }),
  });
  const names = columns.map(({ name }) => name);
  const numeric = columns.flatMap(({ type }, index) => (NUMERIC.test(type) ? [index] : []));
  if (options.csv === true) {
    output.data(
      [
        names.map((name) => csvCell(name, false)),
        ...rows.map((row) => names.map((name, index) => csvCell(row[name], numeric.includes(index)))),
      ]
        .map((cells) => cells.join(','))
        .join('\n'),
    );
  } else {
    output.answer({ edition, columns, rows, truncated }, () =>
      textTable(
        names,
        rows.map((row) => names.map((name) => valueText(row[name]))),
        numeric,
      ),
    );
  }
  if (truncated)
    output.say(
      output.paint.yellow(`more than ${options.limit} row${options.limit === 1 ? '' : 's'}; --limit shows more`),
    );
  return EXIT.ok;
}

/** `daybreak validate`: every mistake of a pipeline with file:line:column, and what its files look like; without Temporal. */
import { type DataFinding, type Validation, validatePipeline } from '../adapters/definition/validate';
import { formatProblem, type Problem } from '../domain/failure';
import { contextOf, fromHere, parametersOf } from './options';
import { counted, type Output, type OutputOptions, printable, textTable, thousands } from './output';
import { pipelineOf } from './pipeline';
import { EXIT } from './render/result';

function findingText({ severity, declared, line, column, source, about, file, message }: DataFinding, output: Output) {
  const tint = severity === 'error' ? output.paint.red : output.paint.yellow;
  const place = `${declared}:${line}:${column} sources.${source}.${about}`;
  return `${tint(severity === 'error' ? 'error  ' : 'warning')} ${place}: ${file === undefined ? '' : `${file}: `}${printable(message)}`;
}

const warningText = (warning: Problem, { paint }: Output) =>
  `${paint.yellow('warning')} ${printable(formatProblem(warning))}`;

/** What was looked at, then what was seen. */
function dataText({ sources, tables, data }: Validation, output: Output): string {
  const files = textTable(
    ['source', 'files', 'looked at'],
    sources.map(({ name, files, opened, records }) => [
      name,
      thousands(files),
      opened === 0
        ? ''
        : `${counted(records, 'record')} of ${opened === files ? counted(opened, 'file') : `${opened} files`}`,
    ]),
    [1],
  );
  const seen = textTable(
    ['source', 'table', 'looked at'],
    tables.map(({ name, table, seen: isSeen }) => [name, table, isSeen ? 'columns, key and cursor' : '']),
  );
  return [
    ...(sources.length > 0 ? [files] : []),
    ...(tables.length > 0 ? [seen] : []),
    ...data.map((finding) => findingText(finding, output)),
  ].join('\n');
}

function goodText(validation: Validation & Required<Pick<Validation, 'pipeline'>>, output: Output): string {
  const { definition, models, checks } = validation.pipeline;
  const sources = Object.keys(definition.sources).length;
  const wrong = validation.data.some(({ severity }) => severity === 'error');
  const whose =
    validation.tables.length === 0 ? 'files are' : validation.sources.length === 0 ? 'tables are' : 'data are';
  return [
    `${definition.name} is ${wrong ? `well written, but its ${whose} something else` : 'good'}: ${counted(sources, 'source')}, ${counted(models.length, 'model')}, ${counted(checks.length, 'check')} on models, ${counted(validation.tests, 'test')}`,
    textTable(
      ['model', 'reads', 'published'],
      models.map(({ name, reads, header }) => [name, reads.join(', '), header.publish ? 'yes' : '']),
    ),
    ...validation.warnings.map((warning) => warningText(warning, output)),
    '',
    dataText(validation, output),
  ].join('\n');
}

/** Exit 2 for mistakes in the definition, 1 where a run on these files would not succeed; files may still arrive. */
export async function validateCommand(
  named: string | undefined,
  options: OutputOptions & { var?: readonly string[] },
): Promise<number> {
  const { config, output } = contextOf(options);
  const pipeline = await pipelineOf(named, output);
  const parameters = await fromHere(pipeline, parametersOf(options.var));
  const validation = await validatePipeline(pipeline, {
    base: process.cwd(),
    parameters,
    environment: config.environment,
  });
  const { pipeline: good, problems, warnings, sources, tables, data } = validation;
  const graph = good?.models.map(({ name, reads, header }) => ({ name, reads, publish: header.publish })) ?? [];
  const answer = {
    pipeline: good?.definition.name ?? null,
    problems,
    warnings,
    sources,
    tables,
    data,
    models: graph,
    checks: good?.checks.length ?? 0,
    tests: validation.tests,
  };
  if (good === undefined) {
    if (output.json) output.data(JSON.stringify(answer, null, 2));
    else if (data.length > 0) output.say(dataText(validation, output));
    throw validation.failure ?? new Error('a pipeline without mistakes was not made');
  }
  output.answer(answer, () => goodText({ ...validation, pipeline: good }, output));
  return data.some(({ severity }) => severity === 'error') ? EXIT.failed : EXIT.ok;
}

/** What came of the tests of models: a line a model, then each failure with its differences, then what nobody tests. */
import type { ModelReport, TestReport } from '../../adapters/definition/tests/run';
import { counted, type Output, printable } from '../output';

/** Differences that are shown of one test; all of them are in `--json`. */
const SHOWN = 20;

function modelLine({ model, tests }: ModelReport, width: number, paint: Output['paint']): string {
  const failed = tests.filter(({ passed }) => !passed).length;
  const passed = tests.length - failed;
  const counts = [
    ...(passed > 0 ? [paint.green(`${passed} passed`)] : []),
    ...(failed > 0 ? [paint.red(`${failed} failed`)] : []),
  ];
  return `${model.padEnd(width)}  ${counts.join(', ') || paint.dim('no tests')}`;
}

function failureLines({ model, file, tests }: ModelReport, paint: Output['paint']): string[] {
  return tests
    .filter(({ passed }) => !passed)
    .flatMap(({ name, line, says }) => [
      '',
      `${paint.red('✖')} ${paint.bold(`${model}: ${printable(name)}`)}  ${paint.dim(`${file}:${line}`)}`,
      ...says.slice(0, SHOWN).map((text) => `    ${printable(text)}`),
      ...(says.length > SHOWN ? [`    … and ${says.length - SHOWN} more`] : []),
    ]);
}

export function reportText({ models, passed, failed, seconds }: TestReport, paint: Output['paint']): string {
  const width = Math.max(0, ...models.map(({ model }) => model.length));
  const untested = models.filter((model) => model.untested.length > 0);
  const total = `${passed} passed, ${failed} failed in ${seconds.toFixed(2)} s`;
  return [
    ...models.map((model) => modelLine(model, width, paint)),
    ...models.flatMap((model) => failureLines(model, paint)),
    '',
    failed === 0 ? paint.green(total) : paint.red(total),
    ...(untested.length === 0
      ? []
      : [`untested: ${counted(untested.flatMap((model) => model.untested).length, 'column')}`]),
    ...untested.map(
      ({ model, file, untested: names }) =>
        `  ${model.padEnd(width)}  ${paint.dim(file === null ? `all ${names.length}` : names.join(', '))}`,
    ),
  ].join('\n');
}

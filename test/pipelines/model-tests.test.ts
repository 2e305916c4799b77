/** The tests that lie beside the models of the shipped pipeline. */
import { type TestReport, testPipeline } from '../../src/adapters/definition/tests/run';
import { REPOSITORY } from './models';

let report: TestReport;
beforeAll(async () => {
  report = await testPipeline('customer-analytics', { base: REPOSITORY, parameters: {}, environment: {} });
});

it('pass', () => {
  const failures = report.models.flatMap(({ file, tests }) =>
    tests.filter(({ passed }) => !passed).map(({ name, line, says }) => ({ name, place: `${file}:${line}`, says })),
  );
  expect(failures).toEqual([]);
});

it('name every column of every model', () => {
  const untested = report.models.filter(({ file, untested: columns }) => file === null || columns.length > 0);
  expect(untested.map(({ model, untested: columns }) => ({ model, columns }))).toEqual([]);
});

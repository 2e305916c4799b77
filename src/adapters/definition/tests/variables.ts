/** What a test computes with: the pipeline's parameters and a window that is the same every day. */
import { TEST_AS_OF } from '../../../domain/model-tests';
import {
  BUILT_IN_VARIABLES,
  isDay,
  type ParameterValue,
  parameterProblem,
  parameterValue,
  sqlVariables,
} from '../../../domain/parameters';
import type { TypedValue } from '../../../domain/plan';
import { addDays } from '../../../domain/window';
import { didYouMean } from '../issues';
import type { Pipeline } from '../pipeline';

type With = Readonly<Record<string, string>>;
/** `inTest`: of the test itself, or of all tests in the file. */
type Tell = (inTest: boolean, name: string, message: string, atKey?: boolean) => void;

const DAYS = ['as_of', 'window_from'];

/** A test's own values over those of its file, over the parameters of the pipeline. */
export function testVariables(
  { definition, parameters }: Pipeline,
  ofFile: With,
  ofTest: With,
  tell: Tell,
): Record<string, TypedValue> {
  const declared = definition.parameters;
  const known = [...DAYS, ...Object.keys(declared)];
  const values: Record<string, ParameterValue> = { ...parameters };
  const days: Record<string, string> = {};
  for (const [inTest, given] of [[false, ofFile] as const, [true, ofTest] as const]) {
    for (const [name, value] of Object.entries(given)) {
      const parameter = Object.hasOwn(declared, name) ? declared[name] : undefined;
      if (parameter !== undefined) {
        const problem = parameterProblem(parameter, value);
        if (problem !== undefined) tell(inTest, name, problem);
        values[name] = parameterValue(parameter, value);
      } else if (!DAYS.includes(name)) {
        const isFixed = BUILT_IN_VARIABLES.some((other) => other === name);
        const meant = isFixed ? '' : didYouMean(name, known);
        tell(inTest, name, `cannot be given${meant || `; expected some of ${known.join(', ')}`}`, true);
      } else {
        if (!isDay(value)) tell(inTest, name, `expected a day such as ${TEST_AS_OF}, got ${JSON.stringify(value)}`);
        days[name] = isDay(value) ? value : TEST_AS_OF;
      }
    }
  }
  const { as_of: asOf = TEST_AS_OF } = days;
  const { window_from: from = addDays(asOf, -Number.parseInt(definition.window, 10)) } = days;
  if (from >= asOf) {
    const inTest = DAYS.some((name) => Object.hasOwn(ofTest, name));
    const name = Object.hasOwn(inTest ? ofTest : ofFile, 'window_from') ? 'window_from' : 'as_of';
    tell(inTest, name, `the window is from ${from} to ${asOf}; expected that it begins before it ends`);
  }
  const window = { from, to: asOf, asOf };
  const { zone, currency } = definition;
  return sqlVariables({ declared, values, window, zone, currency });
}

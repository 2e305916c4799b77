/** `pipeline.yaml`: text → declaration, with every mistake at its place. */
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { type Definition, definitionSchema, type Parameter, parameterSchema } from '../../domain/definition';
import type { Problem } from '../../domain/failure';
import {
  BUILT_IN_VARIABLES,
  fillTemplates,
  type ParameterValue,
  parameterProblem,
  parameterValue,
} from '../../domain/parameters';
import { didYouMean, placedIssues, type PlacedIssue } from './issues';
import { type Place, placeOf } from './positions';
import { DECLARATION } from './read';

export interface Declaration {
  readonly definition: Definition | undefined;
  /** Values of all parameters: given ones over defaults. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly problems: Problem[];
  /** Place of a path in the file. */
  readonly place: (path: readonly PropertyKey[], atKey?: boolean) => Place;
}

type JsonSchema = { properties?: Record<string, JsonSchema>; [key: string]: unknown };

/** Every key that may stand anywhere in a file: what a mistyped one may have meant. */
export function allKeys(schema: z.ZodType): string[] {
  const keys = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { properties } = node as JsonSchema;
    if (properties !== undefined) for (const key of Object.keys(properties)) keys.add(key);
    Object.values(node).forEach(visit);
  };
  visit(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  return [...keys];
}

/** Declared defaults under the values that a run gave; each value judged by its parameter's type. */
function parameterValues(document: unknown, given: Readonly<Record<string, ParameterValue>>) {
  const declared = (document as { parameters?: unknown } | null)?.parameters;
  const parameters: Record<string, Parameter> = {};
  for (const [name, value] of Object.entries(typeof declared === 'object' && declared !== null ? declared : {})) {
    const parsed = parameterSchema.safeParse(value);
    if (parsed.success) parameters[name] = parsed.data;
  }
  const values: Record<string, ParameterValue> = {};
  const problems: string[] = [];
  const declaredBadly: PlacedIssue[] = [];
  for (const [name, parameter] of Object.entries(parameters)) {
    if (BUILT_IN_VARIABLES.some((taken) => taken === name)) {
      const message = `the name is taken: every model has ${BUILT_IN_VARIABLES.join(', ')}`;
      declaredBadly.push({ path: ['parameters', name], message, atKey: true });
    }
    const isGiven = Object.hasOwn(given, name);
    const value = isGiven ? given[name] : parameter.default;
    if (value === undefined) continue;
    const problem = parameterProblem(parameter, value);
    if (problem !== undefined && isGiven) problems.push(`parameters.${name}: ${problem}`);
    if (problem !== undefined && !isGiven)
      declaredBadly.push({ path: ['parameters', name, 'default'], message: problem });
    values[name] = problem === undefined ? parameterValue(parameter, value) : value;
  }
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(parameters, name)) continue;
    const known = Object.keys(parameters);
    problems.push(
      `parameters.${name}: is no parameter of this pipeline${didYouMean(name, known) || `; expected ${known.join(', ') || 'none'}`}`,
    );
  }
  return { values, problems, declaredBadly };
}

/** Parses the declaration. `given` are the parameters of a run; `environment` serves `${env:…}`. */
export function parseDeclaration(
  yaml: string,
  given: Readonly<Record<string, ParameterValue>>,
  environment: Readonly<Record<string, string | undefined>>,
): Declaration {
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines, prettyErrors: false });
  const place = (path: readonly PropertyKey[], atKey = false) => placeOf(document, lines, path, atKey);
  const at = (issue: PlacedIssue): Problem => ({
    file: DECLARATION,
    ...place(issue.path, issue.atKey),
    message: `${issue.path.map(String).join('.') || 'the file'}: ${issue.message}`,
  });
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => {
      const { line, col } = lines.linePos(error.pos[0]);
      return { file: DECLARATION, line, column: col, message: `not YAML: ${error.message.split('\n')[0]}` };
    });
    return { definition: undefined, parameters: {}, problems, place };
  }
  let raw: unknown;
  try {
    raw = document.toJS();
  } catch (error) {
    // An alias without an anchor, or so many that the document would never end.
    const message = `not YAML: ${error instanceof Error ? error.message : String(error)}`;
    return { definition: undefined, parameters: {}, problems: [{ file: DECLARATION, message }], place };
  }
  const { values, problems: valueProblems, declaredBadly } = parameterValues(raw, given);
  const filled = fillTemplates(raw, values, environment);
  const parsed = definitionSchema.safeParse(filled.document);
  const untold = new Set(filled.problems.map((problem) => problem.path.join('.')));
  const issues = parsed.success ? [] : placedIssues(parsed.error, filled.document, allKeys(definitionSchema));
  const problems = [
    ...valueProblems.map((message) => ({ file: 'request', message })),
    ...filled.problems.map(at),
    ...declaredBadly.map(at),
    ...issues.filter((issue) => !untold.has(issue.path.join('.'))).map(at),
  ];
  return { definition: parsed.data, parameters: values, problems, place };
}

/** A mistake in `pipeline.yaml`, at its place, or at that of its key. */
export const inDeclaration = (
  declaration: Declaration,
  path: readonly (string | number)[],
  { message }: { readonly message: string },
  atKey = false,
): Problem => ({ file: DECLARATION, ...declaration.place(path, atKey), message: `${path.join('.')}: ${message}` });

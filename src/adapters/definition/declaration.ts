/** `pipeline.yaml`: text → declaration, with every mistake at its place. */
import { z } from 'zod';
import {
  type Definition,
  definitionSchema,
  type Parameter,
  parameterSchema,
  withColumnOrder,
} from '../../domain/definition';
import type { Problem } from '../../domain/failure';
import {
  BUILT_IN_VARIABLES,
  fillTemplates,
  type ParameterValue,
  parameterProblem,
  parameterValue,
} from '../../domain/parameters';
import { didYouMean, type PlacedIssue } from './issues';
import type { Place } from './positions';
import { DECLARATION } from './read';
import { type LeftOut, soundPart } from './sound';
import { readYaml } from './yaml';

export interface Declaration {
  /** What of it is sound, where there are mistakes; absent where that is too little. */
  readonly definition: Definition | undefined;
  /** What is declared with mistakes, and is not in the definition or not as it was meant. */
  readonly leftOut: LeftOut;
  /** Values of all parameters: given ones over defaults. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly problems: Problem[];
  /** Place of a path in the file. */
  readonly place: (path: readonly PropertyKey[], atKey?: boolean) => Place;
}

const NOTHING: LeftOut = { tables: new Set(), parameters: new Set(), doubtful: new Set() };

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
  const { content, mistakes, place, keys } = readYaml(yaml);
  const at = (issue: PlacedIssue): Problem => ({
    file: DECLARATION,
    ...place(issue.path, issue.atKey),
    message: `${issue.path.map(String).join('.') || 'the file'}: ${issue.message}`,
  });
  const notYaml = mistakes.map((mistake) => ({
    file: DECLARATION,
    ...mistake,
    message: `not YAML: ${mistake.message}`,
  }));
  if (content === undefined)
    return { definition: undefined, leftOut: NOTHING, parameters: {}, problems: notYaml, place };
  const { values, problems: valueProblems, declaredBadly } = parameterValues(content, given);
  const filled = fillTemplates(content, values, environment);
  const known = [...filled.problems, ...declaredBadly];
  const { definition, issues, leftOut } = soundPart(filled.document, known, allKeys(definitionSchema));
  const problems = [
    ...notYaml,
    ...valueProblems.map((message) => ({ file: 'request', message })),
    ...known.map(at),
    ...issues.map(at),
  ];
  const sources = Object.entries(definition?.sources ?? {}).map(
    ([name, source]) =>
      [name, leftOut.tables.has(name) ? source : withColumnOrder(source, keys(['sources', name, 'columns']))] as const,
  );
  const ordered = definition && { ...definition, sources: Object.fromEntries(sources) };
  return { definition: ordered, leftOut, parameters: values, problems, place };
}

/** A mistake in `pipeline.yaml`, at its place, or at that of its key. */
export const inDeclaration = (
  declaration: Declaration,
  path: readonly (string | number)[],
  { message }: { readonly message: string },
  atKey = false,
): Problem => ({ file: DECLARATION, ...declaration.place(path, atKey), message: `${path.join('.')}: ${message}` });

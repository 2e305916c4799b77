/** Parameters: declared in `pipeline.yaml`, given by a run, read by SQL as typed variables. */
import type { Parameter } from './definition';
import type { TypedValue } from './plan';
import type { Window } from './run';

export type ParameterValue = string | number | boolean;

const TEMPLATE = /\$\{(var|env):([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Variables that every model may read beside the declared parameters. */
export const BUILT_IN_VARIABLES = ['as_of', 'window_from', 'window_to', 'zone', 'currency'] as const;

/** Why a value does not fit its parameter, or `undefined` when it does. */
export function parameterProblem(parameter: Parameter, value: ParameterValue): string | undefined {
  const text = String(value);
  switch (parameter.type) {
    case 'integer':
      return /^[+-]?\d{1,15}$/.test(text) ? undefined : `expected an integer, got ${JSON.stringify(value)}`;
    case 'decimal':
      return /^[+-]?\d{1,14}(\.\d{1,4})?$/.test(text)
        ? undefined
        : `expected a number with at most 4 decimals, got ${JSON.stringify(value)}`;
    case 'boolean':
      return /^(true|false)$/.test(text) ? undefined : `expected true or false, got ${JSON.stringify(value)}`;
    case 'date':
      return isDay(text) ? undefined : `expected a day such as 2026-11-24, got ${JSON.stringify(value)}`;
    case 'string':
    case 'path':
      return typeof value === 'string' ? undefined : `expected text, got ${JSON.stringify(value)}`;
  }
}

/**
 * A value that fits its parameter, of the type that it is declared with. A decimal of more digits than a number holds
 * stays text, so that nothing is rounded.
 */
export function parameterValue(parameter: Parameter, value: ParameterValue): ParameterValue {
  if (typeof value !== 'string') return value;
  if (parameter.type === 'boolean') return value === 'true';
  if (parameter.type !== 'integer' && parameter.type !== 'decimal') return value;
  const [, sign = '', digits = '0', decimals = ''] = /^([+-]?)0*(\d+?)(?:\.(\d*?)0*)?$/.exec(value) ?? [];
  const plain = `${sign === '-' ? '-' : ''}${digits}${decimals === '' ? '' : `.${decimals}`}`;
  return String(Number(value)) === plain ? Number(value) : plain;
}

/** A real calendar day, `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

const SQL_TYPES = {
  integer: 'BIGINT',
  decimal: 'DECIMAL(18,4)',
  boolean: 'BOOLEAN',
  date: 'DATE',
  string: 'VARCHAR',
  path: 'VARCHAR',
} as const satisfies Record<Parameter['type'], TypedValue['type']>;

/** All variables of a run with their SQL types. */
export function sqlVariables(options: {
  readonly declared: Readonly<Record<string, Parameter>>;
  readonly values: Readonly<Record<string, ParameterValue>>;
  readonly window: Window;
  readonly zone: string;
  readonly currency: string;
}): Record<string, TypedValue> {
  const { window, zone, currency } = options;
  const variables: Record<string, TypedValue> = {
    as_of: { type: 'DATE', value: window.asOf },
    window_from: { type: 'DATE', value: window.from },
    window_to: { type: 'DATE', value: window.to },
    zone: { type: 'VARCHAR', value: zone },
    currency: { type: 'VARCHAR', value: currency },
  };
  for (const [name, value] of Object.entries(options.values)) {
    const parameter = options.declared[name];
    if (parameter !== undefined) variables[name] = { type: SQL_TYPES[parameter.type], value: String(value) };
  }
  return variables;
}

export interface TemplateProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Keys of `pipeline.yaml` that hold SQL: `accept.0`, `checks.3.sql`, … */
const isSql = (path: readonly (string | number)[]) =>
  path.at(-2) === 'accept' ||
  (typeof path.at(-2) === 'number' && ['sql', 'left', 'right', 'expression'].includes(String(path.at(-1))));

/** What a source connects with is a secret: who connects reads it, and nobody writes it down. */
const isSecret = (path: readonly (string | number)[]) =>
  path.length === 3 && path[0] === 'sources' && path[2] === 'connection';

/** So are the ways to people; a run does not need them, and goes on where one of them is not set. */
const isOfNotify = (path: readonly (string | number)[]) => path[0] === 'notify';

/**
 * Puts `${var:NAME}` and `${env:NAME}` into every text of a document but those of SQL, which reads typed values. A text that is nothing but one parameter becomes
 * the parameter's own value, so that a threshold stays a number.
 */
export function fillTemplates(
  document: unknown,
  values: Readonly<Record<string, ParameterValue>>,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly document: unknown; readonly problems: readonly TemplateProblem[] } {
  const problems: TemplateProblem[] = [];
  const look = (kind: string, name: string, path: readonly (string | number)[]): ParameterValue => {
    const given = kind === 'var' ? values : environment;
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value !== undefined) return value;
    problems.push({
      path,
      message:
        kind === 'var'
          ? `\${var:${name}} has no value; give it with --var ${name}=… or declare a default under parameters`
          : `\${env:${name}} is not set in the environment of the worker`,
    });
    return '';
  };
  const fill = (node: unknown, path: readonly (string | number)[]): unknown => {
    if (typeof node === 'string') {
      const [template, kind, name] = isSql(path) ? (new RegExp(TEMPLATE.source).exec(node) ?? []) : [];
      if (template !== undefined) {
        const instead = kind === 'var' ? `getvariable('${name}')` : 'a parameter and getvariable';
        problems.push({ path, message: `SQL is not put together from text: write ${instead} instead of ${template}` });
        // Something that parses, so that the mistake is told once.
        return node.replaceAll(TEMPLATE, 'NULL');
      }
      if (isOfNotify(path)) return node;
      if (isSecret(path)) {
        const name = /^\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(node)?.[1];
        if (name !== undefined) look('env', name, path);
        return node;
      }
      const whole = /^\$\{(var|env):([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(node);
      if (whole !== null) return look(whole[1] ?? '', whole[2] ?? '', path);
      return node.replaceAll(TEMPLATE, (_, kind: string, name: string) => String(look(kind, name, path)));
    }
    if (Array.isArray(node)) return node.map((item, index) => fill(item, [...path, index]));
    if (typeof node === 'object' && node !== null) {
      return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, fill(value, [...path, name])]));
    }
    return node;
  };
  return { document: fill(document, []), problems };
}

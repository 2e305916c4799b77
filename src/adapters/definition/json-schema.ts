/** The JSON Schema of `pipeline.yaml`, for editors: made of the schema that judges it. */
import { z } from 'zod';
import { definitionSchema } from '../../domain/definition';

type Node = Record<string, unknown>;

/** A text that is filled before the declaration is judged. */
const TEMPLATE = { type: 'string', pattern: String.raw`\$\{(var|env):[A-Za-z_][A-Za-z0-9_]*\}` };

/** Values that a template may stand for; any text may contain one as it is. */
const isNarrow = ({ type, enum: values, pattern, format }: Node) =>
  type === 'number' ||
  type === 'integer' ||
  type === 'boolean' ||
  values !== undefined ||
  (type === 'string' && (pattern !== undefined || format !== undefined));

function withTemplates(node: unknown, key = ''): unknown {
  if (Array.isArray(node)) return node.map((item) => withTemplates(item));
  if (typeof node !== 'object' || node === null) return node;
  // Names of columns and parameters are no values; a default is one already.
  if (['propertyNames', 'default', 'enum', 'const', 'required'].includes(key)) return node;
  const children = Object.fromEntries(
    Object.entries(node).map(([name, child]) => [
      name,
      key === 'properties' ? withTemplates(child) : withTemplates(child, name),
    ]),
  );
  if (key === 'properties' || !isNarrow(children)) return children;
  const { description, default: standard, ...narrow } = children;
  return {
    ...(description === undefined ? {} : { description }),
    ...(standard === undefined ? {} : { default: standard }),
    anyOf: [narrow, TEMPLATE],
  };
}

/** As a JSON document, draft 2020-12. */
export function pipelineJsonSchema(): Node {
  const schema = z.toJSONSchema(definitionSchema, { io: 'input', unrepresentable: 'any', reused: 'ref' });
  return { title: "daybreak's pipeline.yaml", ...(withTemplates(schema) as Node) };
}

/** The text of the shipped file. */
export const pipelineSchemaText = (): string => `${JSON.stringify(pipelineJsonSchema(), null, 2)}\n`;

/** The schema of a model's tests: given rows, and the rows that must come of them. Values are text until a column types them. */
import { z } from 'zod';
import { rowBlock } from './row-block';

/** A value as it is written: its text, NULL, or a list. */
export type Written = string | null | readonly Written[];
export type WrittenRow = Readonly<Record<string, Written>>;

const isWritten = (value: unknown): boolean =>
  value === null || typeof value === 'string' || (Array.isArray(value) && value.every(isWritten));

const row = z.record(z.string(), z.custom<Written>(isWritten, 'expected a value, or a list of values'));

/** Rows, or a block of text that holds them. */
const rows = z.preprocess((value, context) => {
  if (typeof value !== 'string') return value;
  const block = rowBlock(value);
  for (const { row: index, message } of block.problems)
    context.addIssue({ code: 'custom', path: index === undefined ? [] : [index], message, params: { bare: true } });
  return block.rows.map(({ cells }) =>
    Object.fromEntries(block.columns.map(({ name }, index) => [name, cells[index]?.value ?? null])),
  );
}, z.array(row));

const common = {
  /** Window and parameters: `as_of`, `window_from`, and what the pipeline declares. */
  with: z.record(z.string(), z.string()).default({}),
  /** Sources and models whose rows are taken as they are; columns that are left out are NULL. */
  given: z.record(z.string(), rows).default({}),
};

export const testFileSchema = z
  .strictObject({
    /** For all tests; a test's own `with` wins value by value, its own `given` table by table. */
    ...common,
    tests: z
      .array(
        z.strictObject({
          name: z.string().trim().min(1),
          ...common,
          /** The whole result; only the columns that are named are compared. */
          expect: rows,
        }),
      )
      .min(1),
  })
  .superRefine(({ tests }, context) => {
    for (const [index, { name }] of tests.entries()) {
      if (tests.findIndex((test) => test.name === name) === index) continue;
      context.addIssue({ code: 'custom', path: ['tests', index, 'name'], message: 'is the name of another test' });
    }
  });
export type TestFile = z.infer<typeof testFileSchema>;

/** The days that tests are about unless they say otherwise: the window ends with this one. */
export const TEST_AS_OF = '2026-05-01';

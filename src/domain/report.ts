/** The schema of a report: what a pipeline shows of its editions, declared beside its models. */
import { z } from 'zod';

const sql = z.string().trim().min(1);
const title = z.string().trim().min(1).max(120);
const prose = z.string().trim().min(1).max(2000);
const column = z.string().min(1).max(128);

/** How a value is written: `share` is 0.123 as 12.3 %, `change` the same with its sign, `points` a difference of percentages. */
export const FORMATS = ['text', 'number', 'money', 'share', 'change', 'points', 'day'] as const;
const format = z.enum(FORMATS);
export type Format = (typeof FORMATS)[number];
const formats = z.record(column, format).default({});

/** Rows that are shown at most. */
const rows = (most: number, byDefault: number) => z.int().min(1).max(most).default(byDefault);
/** Points of a line or cells of a matrix: as many as can be told apart. */
export const MOST_POINTS = 1000;

const common = {
  title,
  /** What the figures mean, under the title. */
  note: prose.optional(),
  /** One SELECT over the published tables. */
  sql,
  formats,
};

const figureSchema = z.strictObject({
  value: column,
  label: title,
  /** The same figure of the time before: the change from it is shown. */
  previous: column.optional(),
  format: format.default('number'),
  /** Which direction is good; without it a change is told without judgement. */
  good: z.enum(['up', 'down']).optional(),
  note: prose.optional(),
});
export type FigureDefinition = z.infer<typeof figureSchema>;

export const sectionSchema = z.discriminatedUnion('as', [
  /** Columns severity and title; more that are known: evidence (JSON), recommendation, owner, money, kind, subject. */
  z.strictObject({ as: z.literal('findings'), ...common, limit: rows(500, 200) }),
  /** Cards of one row. */
  z.strictObject({
    as: z.literal('figures'),
    title,
    note: prose.optional(),
    sql,
    figures: z.array(figureSchema).min(1).max(24),
    /** What the figures are compared with, such as "the 28 days before". */
    compared_with: title.optional(),
  }),
  /** The first column runs along; every other one is a line. */
  z.strictObject({ as: z.literal('line'), ...common }),
  /** The first column names a bar, the second is its length. */
  z.strictObject({ as: z.literal('bars'), ...common, limit: rows(200, 20) }),
  /** Columns row, column, value: a table that is shaded by value. */
  z.strictObject({ as: z.literal('matrix'), ...common }),
  z.strictObject({ as: z.literal('table'), ...common, limit: rows(200, 20) }),
]);
export type SectionDefinition = z.infer<typeof sectionSchema>;

export const reportSchema = z.strictObject({
  /** By default the pipeline's name. */
  title: title.optional(),
  /** The one line on top; `{column}` is the value of the first row. */
  headline: z.strictObject({ sql, text: prose, formats }).optional(),
  pages: z
    .array(z.strictObject({ title, note: prose.optional(), sections: z.array(sectionSchema).min(1).max(40) }))
    .min(1)
    .max(20),
});
export type ReportDefinition = z.infer<typeof reportSchema>;

/** Columns that a headline's text names: `{revenue}` → revenue. */
export const placeholders = (text: string): string[] =>
  [...text.matchAll(/\{([A-Za-z_][A-Za-z0-9_]*)\}/g)].flatMap(([, name]) => name ?? []);

export const isTime = (type: string): boolean => /^(DATE|TIMESTAMP)/.test(type);

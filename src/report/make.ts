/** An edition → its report: asks what is declared, and renders it. Who calls hands in the tables and what the store knows. */
import type { Edition, EditionTable } from '../domain/edition';
import type { PlanDocument } from '../domain/plan';
import { isTime, MOST_POINTS } from '../domain/report';
import { identifier } from '../domain/sql';
import { ask, type Asking } from './ask';
import type { Order, Page, ReportData } from './data';
import { type FindReceipts, operationsOf } from './operations';
import type * as Render from './render';

/** A section is a look at finished tables: what takes longer belongs into a model. */
const SECTION_DEADLINE_MS = 60_000;
/** Rows of each table that are shown where nothing is declared. */
const SOME_ROWS = 10;

export interface ReportOf extends Pick<Asking, 'ready' | 'signal'> {
  readonly edition: Edition;
  /** Of the edition's run; absent when the store has it no more. */
  readonly plan: PlanDocument | undefined;
  readonly releasedAt: string | null;
  readonly findReceipts: FindReceipts;
  /** Told before each section. */
  readonly onSection?: (title: string) => void;
}

/** By its key, else by its columns from the left; of days the latest. */
function orderOf({ key, columns }: EditionTable): Order {
  const by = key === undefined || key.length === 0 ? columns.map(({ name }) => name) : key;
  return { by, latest: isTime(columns.find(({ name }) => name === by[0])?.type ?? '') };
}

function someRows(table: string, { by, latest }: Order): string {
  const sorted = (from: string, direction: string) =>
    `${from} ORDER BY ${by.map((column) => `${identifier(column)} ${direction} NULLS LAST`).join(', ')}`;
  const from = `FROM ${identifier(table)}`;
  return latest ? sorted(`FROM (${sorted(from, 'DESC')} LIMIT ${SOME_ROWS})`, 'ASC') : sorted(from, 'ASC');
}

async function gather(of: ReportOf): Promise<ReportData> {
  const { edition, plan, releasedAt, findReceipts, onSection } = of;
  const asking: Asking = { ...of, deadlineMs: Math.min(plan?.deadline ?? SECTION_DEADLINE_MS, SECTION_DEADLINE_MS) };
  const declared = plan?.report;
  const pages: Page[] = [];
  for (const { sections, ...page } of declared?.pages ?? []) {
    const answered = [];
    for (const section of sections) {
      onSection?.(section.title);
      const limit = 'limit' in section ? section.limit : section.as === 'figures' ? 1 : MOST_POINTS;
      answered.push({ definition: section, answer: await ask(asking, section.sql, limit) });
    }
    pages.push({ ...page, sections: answered });
  }
  const tables = [];
  for (const table of declared === undefined ? edition.tables : []) {
    onSection?.(table.name);
    const order = orderOf(table);
    tables.push({ table, order, answer: await ask(asking, someRows(table.name, order), SOME_ROWS) });
  }
  const headline = declared?.headline;
  return {
    edition,
    title: declared?.title ?? edition.pipeline.replaceAll(/[-_]+/g, ' '),
    locale: plan?.locale ?? 'en',
    currency: plan?.variables.currency?.value ?? 'EUR',
    headline: headline === undefined ? null : { definition: headline, answer: await ask(asking, headline.sql, 1) },
    pages,
    tables,
    operations: await operationsOf(edition, plan, releasedAt, findReceipts),
  };
}

/** One HTML file, complete in itself. A section that fails says so in its place. */
export async function makeReport(of: ReportOf): Promise<string> {
  const data = await gather(of);
  // What draws is loaded by who draws, which most commands do not. React helps developers unless the environment says
  // otherwise, which makes it several times slower.
  // oxlint-disable-next-line node/no-process-env
  process.env.NODE_ENV ??= 'production';
  const { renderReport } = require('./render') as typeof Render;
  return renderReport(data);
}

/** Reports of hand-made editions: tables are SELECTs in a real engine, everything else is made up. */
import type { FindReceipts } from '../../src/report/operations';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { duckDbEngine } from '../../src/adapters/engines/duckdb';
import { duckDb } from '../../src/adapters/engines/duckdb/client';
import type { Workspace } from '../../src/adapters/engine';
import type { Edition } from '../../src/domain/edition';
import type { PlanDocument } from '../../src/domain/plan';
import type { Receipt } from '../../src/domain/receipt';
import { type ReportDefinition, reportSchema } from '../../src/domain/report';
import type { CheckResult } from '../../src/domain/run';
import { makeReport } from '../../src/report/make';
import { temporaryFolder } from '../dev/temporary';

export interface Tables {
  /** Name → the SELECT that makes it. */
  readonly [name: string]: string;
}

export interface Shown {
  readonly report?: ReportDefinition;
  readonly tables: Tables;
  readonly locale?: string;
  readonly currency?: string;
  readonly checks?: readonly CheckResult[];
  readonly plan?: Partial<PlanDocument>;
  /** The store has lost the run's plan. */
  readonly planless?: boolean;
  readonly receipts?: readonly Receipt[];
  readonly releasedAt?: string | null;
  /** Of the tables that have one. */
  readonly keys?: Readonly<Record<string, readonly string[]>>;
  /** Tables of the manifest whose files are gone. */
  readonly gone?: readonly string[];
}

export const WINDOW = { from: '2026-10-28', to: '2026-11-25', asOf: '2026-11-25' };

export const reportFrom = (yaml: string): ReportDefinition => reportSchema.parse(parse(yaml));

/** The shipped one. */
export const SHIPPED_REPORT = join(__dirname, '..', '..', 'pipelines', 'customer-analytics', 'report.yaml');
export const shippedReport = (): ReportDefinition => reportFrom(readFileSync(SHIPPED_REPORT, 'utf8'));

/** An engine for a test file. */
export function reporter() {
  const engine = duckDbEngine(duckDb());
  let serial = 0;

  async function workspaceIn(folder: string, currency = 'EUR'): Promise<Workspace> {
    serial += 1;
    const date = (value: string) => ({ type: 'DATE' as const, value });
    return await engine.workspace({
      id: `report-${serial}`,
      folder,
      zone: 'Europe/Berlin',
      variables: {
        as_of: date(WINDOW.asOf),
        window_from: date(WINDOW.from),
        window_to: date(WINDOW.to),
        currency: { type: 'VARCHAR', value: currency },
      },
      memoryBytes: 1_000_000_000,
      threads: 2,
    });
  }

  return {
    /** A workspace that reads and writes files of this folder. */
    workspaceIn,
    /** The page, as HTML. A workspace that has the tables already may be given. */
    async html(shown: Shown, given?: Workspace): Promise<string> {
      const { tables, locale = 'en-GB', currency = 'EUR', gone = [] } = shown;
      const workspace = given ?? (await workspaceIn(temporaryFolder(), currency));
      const manifest: Edition['tables'][number][] = [];
      for (const [name, sql] of Object.entries(tables)) {
        if (!gone.includes(name) && given === undefined) await workspace.view(name, sql);
        const ask = async (sql: string) => (gone.includes(name) ? [] : (await workspace.query(sql)).rows);
        const columns = await ask(`SELECT column_name AS name, column_type AS type FROM (DESCRIBE FROM ${name})`);
        const [counted] = await ask(`SELECT count(*) AS rows FROM ${name}`);
        const key = shown.keys?.[name];
        manifest.push({
          name,
          description: `What ${name} says`,
          rows: Number(counted?.rows ?? 0),
          bytes: 1,
          sha256: '',
          fingerprint: name,
          file: `${name}.parquet`,
          ...(key === undefined ? {} : { key }),
          columns: columns.map((row) => ({ name: String(row.name), type: String(row.type) })),
        });
      }
      const edition: Edition = {
        id: '2026-11-25-0123abcd',
        pipeline: 'hand-made-shop',
        window: WINDOW,
        knownAt: '2026-11-25T01:02:03.000Z',
        fingerprint: 'f',
        definition: 'd',
        destination: '/nowhere',
        zone: 'Europe/Berlin',
        snapshots: [{ source: 'orders', fingerprint: 's', rows: 12, cut: '2026-11-24T22:00:00.000Z' }],
        tables: manifest,
        checks: shown.checks ?? [],
        run: { workflowId: 'tonight', runId: 'run' },
      };
      const plan = {
        runId: 'run',
        sources: [],
        models: [],
        deadline: 60_000,
        locale,
        variables: { currency: { type: 'VARCHAR', value: currency } },
        ...(shown.report === undefined ? {} : { report: shown.report }),
        ...shown.plan,
      } as unknown as PlanDocument;
      const findAll = async (fingerprints: readonly string[]) =>
        fingerprints.map((each) => shown.receipts?.find(({ fingerprint }) => fingerprint === each));
      const found: FindReceipts = {
        findAll,
        async ofSource(_, source) {
          const receipts = await findAll(source.parts.map(({ fingerprint }) => fingerprint));
          return { receipts: receipts.filter((receipt) => receipt !== undefined), missing: 0 };
        },
      };
      return await makeReport({
        edition,
        plan: shown.planless === true ? undefined : plan,
        releasedAt: shown.releasedAt ?? null,
        findReceipts: found,
        ready: async () => workspace,
      });
    },
    close: async () => await engine.close(),
  };
}

/** Text of HTML as a reader sees it, without tags; enough for pages that React wrote. */
export const textOf = (html: string): string =>
  html
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&#x27;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ');

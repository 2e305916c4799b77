/** What a run would do, in words. */
import { relative } from 'node:path';
import type { Reason } from '../../domain/plan-reasons';
import type { ModelPreview, RunPreview, SourcePreview } from '../../domain/preview';
import { bytesText, type Cell, counted, instantText, type Output, secondsText, textTable, thousands } from '../output';

const NAMED = 3;

/** `a.csv, b.csv, c.csv and 4 more` */
function listed(names: readonly string[]): string {
  const more = names.length - NAMED;
  return `${names.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${thousands(more)} more` : ''}`;
}

const words: { readonly [K in Exclude<Reason['kind'], 'file' | 'input'>]: (reason: Reason & { kind: K }) => string } = {
  new: () => 'not planned before',
  rows: ({ changed, since }) =>
    changed === 0
      ? `no row was written since ${instantText(since)}, but rows are gone, or there that no cursor tells of`
      : `${counted(changed, 'row')} written since ${instantText(since)}`,
  cursor: () => 'no cursor is declared, so that all is read',
  load: () => 'goes on with what an earlier run began to read',
  database: () => 'another database or table stands behind the same name',
  declaration: ({ keys }) => `declared otherwise: ${keys.join(', ')}`,
  mapping: () => 'its mapping changed',
  sql: () => 'its SQL changed',
  parameter: ({ name, before, after }) =>
    before === null ? `reads ${name}, ${after}` : `${name} ${before} → ${after}`,
  zone: ({ before, after }) => `zone ${before} → ${after}, in which every step is computed`,
  engine: ({ before, after }) => `${before} → ${after}`,
  full: ({ by }) =>
    by === 'this' ? 'everything is made anew (--full)' : 'the earlier run made everything anew (--full)',
  missing: () => 'planned before, but its data are not in the store',
  other: () => 'made from something else than before',
};

/** All reasons of a step; files and inputs together, as they may be many. */
export function whyText(reasons: readonly Reason[], folder: string): string {
  const texts: string[] = [];
  for (const change of ['new', 'changed', 'gone'] as const) {
    const files = reasons.flatMap((reason) =>
      reason.kind === 'file' && reason.change === change ? [reason.file] : [],
    );
    if (files.length > 0)
      texts.push(
        `${change} ${files.length === 1 ? 'file' : 'files'} ${listed(files.map((file) => relative(folder, file)))}`,
      );
  }
  for (const reason of reasons) {
    if (reason.kind === 'file' || reason.kind === 'input') continue;
    texts.push((words[reason.kind] as (reason: Reason) => string)(reason));
  }
  const inputs = reasons.flatMap((reason) => (reason.kind === 'input' ? [reason.name] : []));
  if (inputs.length > 0) texts.push(`${listed(inputs)} changed`);
  return texts.join('; ');
}

const expectedCell = (seconds: number | null) => (seconds === null ? 'unknown' : secondsText(seconds));

function sourceRow(source: SourcePreview, { folder }: RunPreview): Cell[] {
  const { name, files, parts, records, bytes, inLedger, reasons } = source;
  const toRead = parts - inLedger.parts;
  return [
    name,
    thousands(files.length),
    thousands(records),
    bytesText(bytes),
    thousands(parts),
    thousands(inLedger.parts),
    toRead === 0 ? '' : expectedCell(source.seconds),
    whyText(reasons, folder) || (parts === 0 ? 'no file; it is optional' : 'as before'),
  ];
}

const READS = {
  everything: 'everything',
  changes: 'changes',
  rest: 'the rest of a first load',
  nothing: 'nothing',
} as const;

function tableRow({ name, seconds, reasons, table }: SourcePreview, { folder }: RunPreview): Cell[] {
  const { reads, parent, rows, known, hours } = table as NonNullable<SourcePreview['table']>;
  const isChild = parent !== null;
  const within = hours === null ? '' : `, within ${hours}`;
  return [
    name,
    reads === 'nothing' ? READS.nothing : `${READS[reads]}${isChild ? `, with ${parent}` : within}`,
    rows === null || reads === 'nothing' ? '' : thousands(rows),
    known === null ? '' : thousands(known),
    reads === 'nothing' || isChild ? '' : expectedCell(seconds),
    whyText(reasons, folder) || 'as before',
  ];
}

/** Files and tables have each a table of their own. */
function sourceTables(preview: RunPreview): string[] {
  const files = preview.sources.filter(({ table }) => table === undefined);
  const tables = preview.sources.filter(({ table }) => table !== undefined);
  return [
    ...(files.length === 0
      ? []
      : [
          textTable(
            ['source', 'files', 'records', 'size', 'parts', 'in ledger', 'expected', 'since then'],
            files.map((source) => sourceRow(source, preview)),
            [1, 2, 3, 4, 5, 6],
          ),
          '',
        ]),
    ...(tables.length === 0
      ? []
      : [
          textTable(
            ['table', 'reads', 'rows, about', 'of known', 'expected', 'since then'],
            tables.map((source) => tableRow(source, preview)),
            [2, 3, 4],
          ),
          '',
        ]),
  ];
}

/** What the extraction has before it. */
function extractText({ sources }: RunPreview): string {
  const files = sources.filter(({ table }) => table === undefined);
  const tables = sources.flatMap(({ table }) => table ?? []);
  const [parts, read] = [
    files.reduce((sum, source) => sum + source.parts, 0),
    files.reduce((sum, source) => sum + source.inLedger.parts, 0),
  ];
  const how = (['everything', 'rest', 'changes', 'nothing'] as const).flatMap((reads) => {
    const some = tables.filter((table) => table.reads === reads).length;
    return some === 0 ? [] : [`${READS[reads]} of ${thousands(some)}`];
  });
  return [
    ...(files.length === 0
      ? []
      : [`${counted(parts, 'part')} of ${counted(files.length, 'source')}; ${thousands(read)} in the ledger already`]),
    ...(tables.length === 0 ? [] : [`${counted(tables.length, 'table')}: ${how.join(', ')}`]),
  ].join('; ');
}

function modelRow(model: ModelPreview, { folder }: RunPreview, { paint }: Output): Cell[] {
  const { name, does, published, reasons, made } = model;
  const why = whyText(reasons, folder);
  const reused = made === undefined ? '' : `made ${instantText(made.at)}, ${counted(made.rows, 'row')}`;
  return [
    name,
    {
      text: does,
      paint: { build: paint.yellow, follow: paint.yellow, reuse: paint.green, view: paint.dim, none: paint.dim }[does],
    },
    published ? 'yes' : '',
    does === 'build' || does === 'follow' ? expectedCell(model.seconds) : '',
    does === 'reuse'
      ? why === ''
        ? `${reused}; as before`
        : `${reused}, by an earlier run with all as it is now; though ${why}`
      : why || 'as before',
  ];
}

const OUTCOME: Record<RunPreview['outcome'], string> = {
  publish: 'a run would publish a new edition, unless a gate stops it',
  keep: 'a run would make an edition and keep it: a newer one is live, and stays live',
  unchanged: 'a run would end as unchanged: the live edition is this already',
  blocked: 'a run would end as blocked before a row is read, and what is live stays',
};

function expectedText({ outcome, expected, models, sources }: RunPreview): string {
  if (outcome === 'unchanged') return 'nothing to do';
  const { seconds, unknown } = expected;
  const reads = sources.some(
    (s) => s.inLedger.parts < s.parts || (s.table !== undefined && s.table.reads !== 'nothing'),
  );
  const work = reads || models.some(({ does }) => does === 'build' || does === 'follow');
  if (!work) return 'nothing to extract or compute; checking and publishing remain';
  if (seconds === null) return 'unknown: no earlier run tells';
  const rest = unknown.length === 0 ? '' : `; unknown for ${listed(unknown)}`;
  return `about ${secondsText(seconds)} for extracting and computing, by earlier runs${rest}; checking and publishing come on top`;
}

/** Said before one pipeline takes the place of another; where that is meant, nothing is to be done. */
export const otherFolderText = (pipeline: string, folder: string): string =>
  `the live edition of ${pipeline} comes from ${folder}: folders of one name replace each other's editions; unless this is meant, give one another \`name\``;

export function planText(preview: RunPreview, output: Output): string {
  const { paint } = output;
  const { pipeline, window, live, since, models, gone } = preview;
  const steps = (does: ModelPreview['does']) => models.filter((model) => model.does === does).length;
  const changed = models.filter(({ does, reasons }) => does !== 'view' || reasons.length > 0);
  const hidden = preview.sources.flatMap(({ name, table }) => (table?.hidesRows === true ? [name] : []));
  const lines = [
    `${paint.bold(pipeline)}  ${OUTCOME[preview.outcome]}`,
    ...preview.blockedBy.map(
      ({ subject, observed, expected }) => `  blocked   ${paint.red(`${subject}: ${observed}; expected ${expected}`)}`,
    ),
    `  window    ${window.from} to ${window.to}`,
    `  live      ${live === null ? 'none: readers have no edition to go on with if a gate stops it' : `${live}; readers go on seeing it if a gate stops the run`}`,
    `  since     ${since === null ? 'nothing was planned before' : `${since.edition === null ? '' : `edition ${since.edition}, `}run ${since.workflowId}, planned ${instantText(since.plannedAt)}`}`,
    `  extract   ${extractText(preview)}`,
    `  compute   ${thousands(steps('build') + steps('follow'))} of ${counted(models.filter(({ does }) => does !== 'view').length, 'model')}${steps('follow') === 0 ? '' : `, ${thousands(steps('follow'))} of them only what changed`}; ${thousands(steps('reuse'))} reused; ${thousands(steps('view'))} inside their readers`,
    `  check     ${counted(preview.checks, 'check')} on models, besides those on sources`,
    `  publish   ${preview.published.join(', ')}`,
    `  to        ${preview.destination}`,
    ...(preview.otherFolder === null
      ? []
      : [`  careful   ${paint.yellow(otherFolderText(pipeline, preview.otherFolder))}`]),
    ...(hidden.length === 0
      ? []
      : [
          `  careful   ${paint.yellow(`row-level security shows us only some rows of ${hidden.join(', ')}; \`daybreak doctor\` says what to do`)}`,
        ]),
    `  expected  ${expectedText(preview)}`,
    ...(gone.length === 0 ? [] : [`  gone      ${listed(gone)}`]),
    '',
    ...sourceTables(preview),
    textTable(
      ['model', 'does', 'published', 'expected', 'since then'],
      changed.map((model) => modelRow(model, preview, output)),
      [3],
    ),
  ];
  return lines.join('\n');
}

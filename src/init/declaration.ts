/** Writes `pipeline.yaml` and the mappings: what was found, with its guesses as comments. */
import type { Condition } from '../domain/definition';
import { identifier } from '../domain/sql';
import { type CheckDraft, type ColumnDraft, type SourceDraft, tableType } from './draft';
import { type ColumnFacts, often, type TableFacts } from './facts';
import type { OwnName } from './own-name';

export interface Told {
  readonly value: string;
  readonly guess: string;
}

export interface WrittenSource extends TableFacts {
  /** As it is declared: relative to the folder, or absolute. */
  readonly path: string;
  readonly checks: readonly CheckDraft[];
}

/** Words, paths and durations, which YAML takes for texts. */
const BARE = /^(\.{0,2}\/)*[A-Za-z_][\w./*-]*$|^\d+d$/;
const WORDS = /^(true|false|null)$/i;

/** A text as YAML, also within `{…}` and `[…]`. */
export const yamlText = (text: string): string => (BARE.test(text) && !WORDS.test(text) ? text : JSON.stringify(text));

export function yamlValue(value: unknown): string {
  if (typeof value === 'string') return yamlText(value);
  if (Array.isArray(value)) return `[${value.map(yamlValue).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const pairs = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{ ${pairs.map(([key, item]) => `${key}: ${yamlValue(item)}`).join(', ')} }`;
}

/** In one line, whatever stands in it. */
export const comment = (text: string) => `# ${text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')}`;
export const guessed = (guess: string | undefined) => (guess === undefined ? '' : comment(`guess: ${guess}`));

/** Lines with their comments one below the other. */
export function aligned(lines: readonly (readonly [text: string, comment: string])[]): string[] {
  const width = Math.min(48, Math.max(...lines.map(([text, more]) => (more === '' ? 0 : text.length))));
  return lines.map(([text, more]) => (more === '' ? text : `${text.padEnd(width)}  ${more}`));
}

function columnComment({ guess }: ColumnDraft, facts: ColumnFacts | undefined): string {
  if (guess !== undefined) return guessed(guess);
  if (facts === undefined || facts.least === null || facts.type === 'VARCHAR') return '';
  return comment(facts.least === facts.most ? facts.least : `${facts.least} to ${facts.most}`);
}

const counted = (count: number, noun: string) => `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;

export const mappingFile = (name: string): string => `mappings/${name}.sql`;
const conversions = (draft: SourceDraft) =>
  draft.drafts.flatMap(({ name, conversion }) => (conversion ? [{ name, ...conversion }] : []));

/** The `accept` conditions that the source's conversions rest on. */
export const acceptOf = (draft: SourceDraft): Exclude<Condition, string>[] =>
  conversions(draft).map(({ name, accept, reason }) => ({ column: name, expression: accept, reason }));

/** The mapping of a source with conversions. */
export function mappingOf(draft: SourceDraft): string | undefined {
  const found = conversions(draft);
  if (found.length === 0) return undefined;
  const lines = found.map(({ name, expression }) => `  ${expression} AS ${identifier(name)}`);
  return `-- Row by row, from the declared texts to values; "accept" in pipeline.yaml sets aside what cannot be converted.
SELECT * REPLACE (
${lines.join(',\n')}
)
FROM source
`;
}

function keyLine({ rows, key, doubled }: WrittenSource): [string, string] {
  if (key !== undefined)
    return [
      `    key: ${yamlValue(key)}`,
      guessed(`tells ${rows === 1 ? 'the one row' : `all ${rows.toLocaleString('en-US')} rows`} apart`),
    ];
  if (doubled === undefined)
    return ['    # key: [...]', guessed('no column and no pair of columns tells every row apart')];
  return [
    `    # key: ${yamlValue([doubled.column])}`,
    guessed(
      `would tell all rows apart but for ${counted(doubled.more, 'row')}: ${JSON.stringify(doubled.value)} comes ${often(doubled.times)}`,
    ),
  ];
}

function sourceLines(source: WrittenSource): string[] {
  const { draft, rows, path, checks } = source;
  const setting = (name: string, value: unknown): [string, string] => [
    `    ${name}: ${yamlValue(value)}`,
    guessed(draft.guesses[name]),
  ];
  const accept = acceptOf(draft);
  const outside = path.startsWith('/') || /^[A-Za-z]:/.test(path);
  const settings = { ...draft.settings };
  // Also where it is the default: it is a guess to confirm.
  if (draft.guesses.header !== undefined) settings.header ??= true;
  return [
    '',
    `  ${comment(`${counted(rows, 'row')} of ${counted(draft.files.length, 'file')}`)}`,
    `  ${draft.name}:`,
    `    type: ${draft.type}`,
    ...aligned([
      [
        `    path: ${yamlText(path)}`,
        comment(outside ? 'absolute: the files are elsewhere than this folder' : 'seen from this folder'),
      ],
      ...Object.entries(settings).map(([name, value]) => setting(name, value)),
      keyLine(source),
    ]),
    ...(draft.type === 'csv' && draft.settings.header !== false
      ? ["    # Names and order are those of the files' first line."]
      : []),
    '    columns:',
    ...aligned(
      draft.drafts.map((column) => [
        `      ${yamlText(column.name)}: ${column.declared}`,
        column.conversion === undefined
          ? columnComment(
              column,
              source.columns.find(({ name }) => name === column.name),
            )
          : guessed(`${column.guess}; ${tableType(column)} by the mapping`),
      ]),
    ),
    ...(accept.length === 0
      ? []
      : [
          `    mapping: ${mappingFile(draft.name)}`,
          '    # What the mapping can convert; other records are set aside with their reason.',
          '    accept:',
          ...accept.flatMap(({ column, expression, reason }) => [
            `      - column: ${yamlValue(column)}`,
            `        reason: ${yamlValue(reason)}`,
            `        expression: ${yamlValue(expression)}`,
          ]),
        ]),
    ...(checks.length === 0 ? [] : ['    checks:']),
    ...checks.flatMap(({ check, guess }) => [
      ...(guess === undefined ? [] : [`      ${guessed(guess)}`]),
      `      - ${yamlValue(check)}`,
    ]),
  ];
}

export interface Frame {
  readonly own: OwnName;
  readonly zone: Told;
  readonly currency: Told;
  readonly schema: string;
}

/** The whole declaration. */
export const declarationText = ({
  sources,
  ...frame
}: Frame & { readonly sources: readonly WrittenSource[] }): string =>
  framed(
    frame,
    [
      '# Written by `daybreak init` from your files. A run sniffs nothing: what stands here is what must come.',
      '# Please confirm what says "guess:". `daybreak validate` shows every mistake, and looks at the files.',
      '# A check that may be an accident of these data only warns; without `severity: warn` it stops a run.',
    ],
    sources.map(sourceLines),
  );

/** What stands around the sources, each of which begins with an empty line. */
export function framed(
  { own, zone, currency, schema }: Frame,
  about: readonly string[],
  sources: readonly (readonly string[])[],
): string {
  const lines = [
    `# yaml-language-server: $schema=${schema}`,
    '#',
    ...about,
    '',
    ...aligned([
      [`name: ${yamlText(own.name)}`, guessed(own.renamed)],
      [`zone: ${yamlText(zone.value)}`, comment(`guess: ${zone.guess}; days begin at its midnights`)],
      [`currency: ${currency.value}`, comment(`guess: ${currency.guess}`)],
      ['window: 28d', comment('days that models may report on, up to last midnight: window_from, window_to')],
    ]),
    '',
    '# Every night: when runs start, when data are needed, and who is told when they will not be there (docs/alerts.md).',
    '# schedule: 0 3 * * *',
    '# deadline: "07:30 mon-fri"',
    '# notify:',
    '#   routes:',
    '#     - { severity: [degraded, critical], to: [log] }',
    '',
    "# Values that models read as getvariable('name'), and that one run may set: daybreak run … --var smallest=5",
    '# parameters:',
    '#   smallest: { type: decimal, default: 10, description: Orders below are left out }',
    '',
    'sources:',
    ...sources.flatMap((source, index) => source.slice(index === 0 ? 1 : 0)),
    '',
    '# On models; `on` names one. Types of checks: docs/pipeline-yaml.md',
    '# checks:',
    '#   - { type: row_count, on: NAME_OF_A_MODEL, min: 1 }',
    '',
    '# Next: write SELECTs in models/, one table a file; run them with `daybreak run`, read them with `daybreak query`.',
  ];
  return `${lines.join('\n')}\n`;
}

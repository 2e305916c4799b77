/** What an edition found, as messages for the teams that it is for. Pure. */
import type { Notify } from './definition';
import type { Told } from './settings';

/** Columns of a table `insights` whose rows can be told. */
export const FINDING_COLUMNS = [
  'kind',
  'severity',
  'subject_type',
  'subject_id',
  'money',
  'title',
  'evidence',
  'recommendation',
  'owner',
] as const;

/** A row of it: a finding about one subject, or without `subject_id` about all hits of a kind. */
export type FindingRow = Readonly<Record<(typeof FINDING_COLUMNS)[number], unknown>>;

type Wanted = Notify['insights'][number];

const SEVERITIES = ['info', 'warning', 'critical'];
const SUBJECTS = 5;
/** Subjects that are people: neither titles nor recommendations are passed on, as those may hold their names. */
const PEOPLE = /customer|client|person|people|contact|member|user/i;
const ADDRESS = /[^\s"'<>()]+@[^\s"'<>()]+/g;

const text = (value: unknown) => (value === null || value === undefined ? '' : String(value)).trim();
const safe = (value: unknown) => text(value).replaceAll(ADDRESS, '…@…');
const isAll = (row: FindingRow) => text(row.subject_id) === '';
const aboutPeople = (row: FindingRow) => PEOPLE.test(text(row.subject_type));
const rank = (row: FindingRow) => SEVERITIES.indexOf(text(row.severity).toLowerCase());
const amount = (row: FindingRow) => Math.abs(Number(text(row.money)));

/** `12,345.67 EUR` */
const moneyText = (row: FindingRow, currency: string) =>
  `${Number(text(row.money)).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })} ${currency}`;

/** How many there are, by the evidence of a row about all hits. */
function countOf(row: FindingRow): number | undefined {
  try {
    const found = typeof row.evidence === 'string' ? (JSON.parse(row.evidence) as unknown) : row.evidence;
    const count = (found as { count?: unknown } | null)?.count;
    return typeof count === 'number' ? count : undefined;
  } catch {
    return undefined;
  }
}

function lineOf(row: FindingRow, currency: string): string {
  const id = safe(row.subject_id);
  const money = text(row.money) === '' ? '' : moneyText(row, currency);
  if (!isAll(row)) return ['-', aboutPeople(row) ? id : safe(row.title) || id, money && `(${money})`].join(' ').trim();
  if (aboutPeople(row)) {
    const count = countOf(row);
    const subjects = `${safe(row.subject_type)}s`;
    return [count === undefined ? subjects : `${count.toLocaleString('en-US')} ${subjects}`, money]
      .filter((part) => part !== '')
      .join(', ');
  }
  return [safe(row.title), safe(row.recommendation)].filter((part) => part !== '').join(' ');
}

/** Rows of one kind: that about all hits first, then the subjects that it is most about. */
function ofKind(rows: readonly FindingRow[], currency: string): string {
  const all = rows.filter(isAll);
  const subjects = rows.filter((row) => !isAll(row)).toSorted((a, b) => amount(b) - amount(a));
  return [...all, ...subjects.slice(0, SUBJECTS)].map((row) => lineOf(row, currency)).join('\n');
}

export interface FindingsOf {
  readonly pipeline: string;
  readonly edition: string;
  readonly asOf: string;
  readonly currency: string;
  /** ISO 8601. */
  readonly at: string;
  readonly rows: readonly FindingRow[];
  readonly insights: Notify['insights'];
}

function messageFor(of: FindingsOf, wanted: Wanted, index: number): Told[] {
  const { pipeline, edition, asOf, currency, at } = of;
  const rows = of.rows.filter(
    (row) =>
      text(row.owner).toLowerCase() === wanted.owner.toLowerCase() &&
      rank(row) >= SEVERITIES.indexOf(wanted.severity) &&
      (wanted.money === 0 || amount(row) >= wanted.money),
  );
  if (rows.length === 0) return [];
  const kinds = new Map<string, FindingRow[]>();
  for (const row of rows.toSorted((a, b) => rank(b) - rank(a)))
    kinds.set(text(row.kind), [...(kinds.get(text(row.kind)) ?? []), row]);
  const owner = wanted.owner.replaceAll("'", "''");
  const message = {
    id: `${edition}-insights-${index}`,
    kind: 'insights' as const,
    thread: `${pipeline}-insights-${wanted.owner}-${edition}`,
    severity: 'routine' as const,
    pipeline,
    owner: wanted.owner,
    title: `${pipeline} ${asOf}: ${kinds.size} ${kinds.size === 1 ? 'finding' : 'findings'} for ${wanted.owner}`,
    sections: [...kinds].map(([kind, found]) => ({
      label: `${safe(kind).replaceAll('_', ' ')} (${safe(found[0]?.severity)})`,
      text: ofKind(found, currency),
    })),
    command: `daybreak query "FROM insights WHERE owner = '${owner}'" --pipeline ${pipeline} --edition ${edition}`,
    links: [],
    at,
  };
  return [{ message, to: wanted.to }];
}

/**
 * A message for each declared team and way that has findings of at least its severity and money. Of findings about people
 * there are only counts, amounts and ids in it, and no address in any.
 */
export const findingsTold = (of: FindingsOf): Told[] =>
  of.insights.flatMap((wanted, index) => messageFor(of, wanted, index));

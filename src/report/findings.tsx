/** Findings, worst first: what was found, what shows it, what to do, and who does it. */
import type { Format } from '../domain/report';
import { isNumeric } from '../domain/sql';
import type { Cell, Rows } from './data';
import { inOneWay } from './format';
import type { FormatsOf } from './table';
import { DataTable } from './table';
import { capital, useCounted, Value, words } from './words';

const SEVERITIES = ['critical', 'warning', 'info'];
const rank = (severity: string) => (SEVERITIES.indexOf(severity) + SEVERITIES.length + 1) % (SEVERITIES.length + 1);
const PLACED = ['severity', 'title', 'recommendation', 'owner', 'evidence', 'kind', 'subject', 'money'];

type Finding = Readonly<Record<string, Cell>>;

/** Evidence as names and values; what is no JSON object stands as it is. */
function evidenceOf(text: Cell): readonly (readonly [name: string, value: Cell, type: string])[] {
  if (text === null) return [];
  let evidence: unknown;
  try {
    evidence = JSON.parse(text);
  } catch {
    return [['evidence', text, 'VARCHAR']];
  }
  if (typeof evidence !== 'object' || evidence === null || Array.isArray(evidence))
    return [['evidence', text, 'VARCHAR']];
  return Object.entries(evidence).map(([name, value]: [string, unknown]) => {
    if (typeof value === 'number') return [name, String(value), 'DOUBLE'];
    return [name, value === null ? null : typeof value === 'string' ? value : JSON.stringify(value), 'VARCHAR'];
  });
}

function Evidence({ finding, rows, formats }: { finding: Finding; rows: Rows; formats: FormatsOf }) {
  const more = rows.columns.filter(({ name }) => !PLACED.includes(name));
  // What stands beside the title already is no further evidence.
  const told = (name: string, value: Cell) => name === 'money' && Number(value) === Number(finding.money ?? Number.NaN);
  const items = [
    ...more.map(({ name, type }) => [name, finding[name] ?? null, type] as const),
    ...evidenceOf(finding.evidence ?? null).filter(([name, value]) => !told(name, value)),
  ];
  if (items.length === 0) return null;
  return (
    <dl className="evidence">
      {items.map(([name, value, type]) => (
        <div key={name}>
          <dt>{words(name)}</dt>
          <dd>
            <Value cell={value} format={inOneWay(fitting(formats[name], type), [value], type)} type={type} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

const fitting = (format: Format | undefined, type: string) =>
  isNumeric(type) || format === 'text' ? format : undefined;

/** The subjects of one kind, largest first as they came. */
function Subjects({
  findings,
  rows,
  formats,
  title,
}: {
  findings: readonly Finding[];
  rows: Rows;
  formats: FormatsOf;
  title: string;
}) {
  const counted = useCounted();
  // The severity of them all stands above.
  const severities = new Set(findings.map(({ severity }) => severity));
  const shown = [...(severities.size > 1 ? ['severity'] : []), 'title', 'money'].filter((name) =>
    rows.columns.some((column) => column.name === name),
  );
  const columns = shown.flatMap((name) => rows.columns.find((column) => column.name === name) ?? []);
  const table: Rows = {
    columns,
    rows: findings.map((finding) => shown.map((name) => finding[name] ?? null)),
    truncated: false,
  };
  return (
    <details>
      <summary>{counted(findings.length, 'example')}, largest first</summary>
      <DataTable title={title} rows={table} formats={formats} />
    </details>
  );
}

export function Findings({ rows, formats }: { rows: Rows; formats: FormatsOf }) {
  const all: Finding[] = rows.rows.map((row) =>
    Object.fromEntries(rows.columns.map(({ name }, index) => [name, row[index] ?? null])),
  );
  const heads = new Set(
    all.flatMap(({ kind, subject }) => (kind !== null && kind !== undefined && subject === null ? [kind] : [])),
  );
  const isPart = ({ kind, subject }: Finding) =>
    typeof kind === 'string' && heads.has(kind) && typeof subject === 'string';
  const findings = all
    .filter((finding) => !isPart(finding))
    .toSorted((a, b) => rank(a.severity ?? '') - rank(b.severity ?? ''));
  const parts = all.filter(isPart);
  return (
    <ol className="findings">
      {findings.map((finding, index) => {
        const severity = finding.severity ?? 'info';
        const examples = parts.filter(({ kind }) => kind === finding.kind);
        return (
          <li key={index} className={`finding ${SEVERITIES.includes(severity) ? severity : 'info'}`}>
            <div className="top">
              <p className="severity">{severity}</p>
              {typeof finding.owner === 'string' && (
                <p className="owner">
                  <span className="unseen">Owner: </span>
                  <Value cell={capital(finding.owner)} format="text" />
                </p>
              )}
            </div>
            {typeof finding.money === 'string' && (
              <p className="money">
                <Value cell={finding.money} format={inOneWay(formats.money, [finding.money], 'DOUBLE')} type="DOUBLE" />
              </p>
            )}
            <h4>
              <Value cell={finding.title ?? null} format="text" />
            </h4>
            {typeof finding.recommendation === 'string' && (
              <p className="recommendation">
                <Value cell={finding.recommendation} format="text" />
              </p>
            )}
            <Evidence finding={finding} rows={rows} formats={formats} />
            {examples.length > 0 && (
              <Subjects
                findings={examples}
                rows={rows}
                formats={formats}
                title={`Examples of ${finding.title ?? ''}`}
              />
            )}
          </li>
        );
      })}
    </ol>
  );
}

/** Cards: a figure each, and how it changed. */
import type { FigureDefinition } from '../domain/report';
import { isNumeric } from '../domain/sql';
import type { Cell, Rows } from './data';
import type { Formats } from './format';
import { useFormats, Value } from './words';

interface Change {
  /** Relative, or in points for a share; without its sign. */
  readonly text: string;
  readonly direction: 'up' | 'down' | 'unchanged';
  readonly judgement: 'better' | 'worse' | 'neutral';
}

const ARROWS = { up: '▲', down: '▼', unchanged: '●' } as const;

/** Shares change by points; everything else relative to the figure before, which is nothing against 0. */
function changeOf(now: Cell, before: Cell, { format, good }: FigureDefinition, { value }: Formats): Change | undefined {
  if (now === null || before === null) return undefined;
  const difference = Number(now) - Number(before);
  const by = Math.abs(format === 'share' ? 100 * difference : difference / Number(before));
  if (!Number.isFinite(by)) return undefined;
  const direction = difference > 0 ? 'up' : difference < 0 ? 'down' : 'unchanged';
  const judgement =
    good === undefined || direction === 'unchanged' ? 'neutral' : direction === good ? 'better' : 'worse';
  const text = by.toFixed(6);
  return {
    text: format === 'share' ? value(text, 'points').replace('+', '') : value(text, 'share'),
    direction,
    judgement,
  };
}

interface CardOf {
  readonly figure: FigureDefinition;
  readonly cells: (name: string) => { readonly cell: Cell; readonly type: string };
  readonly comparedWith: string | undefined;
}

function Card({ figure, cells, comparedWith }: CardOf) {
  const formats = useFormats();
  const now = cells(figure.value);
  const before = figure.previous === undefined ? undefined : cells(figure.previous);
  const change = before === undefined ? undefined : changeOf(now.cell, before.cell, figure, formats);
  // A text or a day is written as what it is.
  const as = isNumeric(now.type) ? figure.format : undefined;
  return (
    <div className="card">
      <dt>{figure.label}</dt>
      <dd>
        <p className="now">
          {now.cell === null ? <Value cell={null} /> : formats.card(now.cell, as, now.type, before?.cell)}
        </p>
        {before !== undefined && (
          <p className="change">
            {change === undefined ? (
              <span className="neutral">no comparison</span>
            ) : (
              <span className={change.judgement}>
                <span aria-hidden="true">{ARROWS[change.direction]} </span>
                <span className="unseen">{change.direction} </span>
                {change.text}
              </span>
            )}
            {before.cell !== null && (
              <span className="before"> from {formats.card(before.cell, as, before.type, now.cell)}</span>
            )}
            {change !== undefined && comparedWith !== undefined && (
              <span className="unseen"> compared with {comparedWith}</span>
            )}
          </p>
        )}
        {figure.note !== undefined && <p className="note">{figure.note}</p>}
      </dd>
    </div>
  );
}

export function Figures({
  rows,
  figures,
  comparedWith,
}: {
  rows: Rows;
  figures: readonly FigureDefinition[];
  comparedWith: string | undefined;
}) {
  const [row = []] = rows.rows;
  const cells = (name: string) => {
    const index = rows.columns.findIndex((column) => column.name === name);
    return { cell: row[index] ?? null, type: rows.columns[index]?.type ?? 'VARCHAR' };
  };
  return (
    <dl className="cards">
      {figures.map((figure) => (
        <Card key={figure.label} figure={figure} cells={cells} comparedWith={comparedWith} />
      ))}
    </dl>
  );
}

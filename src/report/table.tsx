/** Tables: plain, with a bar in each row, and shaded by value. */
import { scaleLinear } from '@visx/scale';
import { Bar } from '@visx/shape';
import { type Format, isTime } from '../domain/report';
import { isNumeric } from '../domain/sql';
import type { Cell, Rows } from './data';
import { inOneWay, type Shown } from './format';
import { capital, Value, words } from './words';

export type FormatsOf = Readonly<Record<string, Format>>;

type ShownAs = Readonly<Record<string, Shown | undefined>>;

/** How each column is written, all of its rows alike. */
export const shownAs = ({ columns, rows }: Rows, formats: FormatsOf): ShownAs =>
  Object.fromEntries(
    columns.map(({ name, type }, index) => {
      const values = rows.map((row) => row[index] ?? null);
      return [name, inOneWay(formats[name], values, type)];
    }),
  );

/** Numbers stand to the right; a number that is written as text is a name, as ids are. Days stay on one line. */
const classOf = (type: string, format: Shown | undefined) =>
  isNumeric(type) && format !== 'text' ? 'figure' : isTime(type) ? 'day' : 'text';

const Cells = ({ rows, row, formats }: { rows: Rows; row: readonly Cell[]; formats: ShownAs }) =>
  rows.columns.map(({ name, type }, index) => (
    <td key={name} className={classOf(type, formats[name])}>
      <Value cell={row[index] ?? null} format={formats[name]} type={type} />
    </td>
  ));

const Heads = ({ rows, formats }: { rows: Rows; formats: ShownAs }) =>
  rows.columns.map(({ name, type }) => (
    <th key={name} scope="col" className={classOf(type, formats[name])}>
      {capital(words(name))}
    </th>
  ));

/** Wide tables scroll in their own place, also by keyboard. */
export const Scroll = ({ label, children }: { label: string; children: React.ReactNode }) => (
  <div className="scroll" tabIndex={0} role="group" aria-label={label}>
    {children}
  </div>
);

export function DataTable({ title, rows, formats }: { title: string; rows: Rows; formats: FormatsOf }) {
  const shown = shownAs(rows, formats);
  return (
    <Scroll label={title}>
      <table>
        <thead>
          <tr>
            <Heads rows={rows} formats={shown} />
          </tr>
        </thead>
        <tbody>
          {rows.rows.map((row, index) => (
            <tr key={index}>
              <Cells rows={rows} row={row} formats={shown} />
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

const BAR_WIDTH = 100;
const BAR_HEIGHT = 12;
const numberOf = (cell: Cell | undefined) => (cell === null || cell === undefined ? Number.NaN : Number(cell));

/** A bar a row, between name and figure: chart and table are one. */
export function Bars({ title, rows, formats }: { title: string; rows: Rows; formats: FormatsOf }) {
  const [name, length] = rows.columns;
  const figures = rows.rows.map((row) => numberOf(row[1])).filter(Number.isFinite);
  const scale = scaleLinear({
    domain: [Math.min(0, ...figures), Math.max(0, ...figures)],
    range: [0, BAR_WIDTH],
  });
  const zero = scale(0);
  if (name === undefined || length === undefined) return null;
  const shown = shownAs(rows, formats);
  const others: Rows = { ...rows, columns: rows.columns.slice(1) };
  return (
    <Scroll label={title}>
      <table className="bars">
        <thead>
          <tr>
            <th scope="col">{capital(words(name.name))}</th>
            <td aria-hidden="true" />
            <Heads rows={others} formats={shown} />
          </tr>
        </thead>
        <tbody>
          {rows.rows.map((row, index) => {
            const end = scale(Number.isFinite(numberOf(row[1])) ? numberOf(row[1]) : 0);
            return (
              <tr key={index}>
                <th scope="row" className="text">
                  <Value cell={row[0] ?? null} format={shown[name.name]} type={name.type} />
                </th>
                <td className="bar" aria-hidden="true">
                  <svg viewBox={`0 0 ${BAR_WIDTH} ${BAR_HEIGHT}`} preserveAspectRatio="none">
                    <Bar
                      className={end < zero ? 'below' : 'above'}
                      x={Math.min(zero, end)}
                      y={0}
                      width={Math.abs(end - zero)}
                      height={BAR_HEIGHT}
                    />
                  </svg>
                </td>
                <Cells rows={others} row={row.slice(1)} formats={shown} />
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}

const inOrder = (values: readonly string[]) => [...new Set(values)];

/** Three columns as a grid, each cell as dark as its value is large. */
export function Matrix({ title, rows, formats }: { title: string; rows: Rows; formats: FormatsOf }) {
  const [down, across, value] = rows.columns;
  if (down === undefined || across === undefined || value === undefined) return null;
  const downs = inOrder(rows.rows.map((row) => row[0] ?? ''));
  const acrosses = inOrder(rows.rows.map((row) => row[1] ?? ''));
  const cells = new Map(rows.rows.map((row) => [JSON.stringify([row[0] ?? '', row[1] ?? '']), row[2] ?? null]));
  const largest = Math.max(0, ...rows.rows.map((row) => numberOf(row[2])).filter(Number.isFinite));
  const shown = shownAs(rows, formats);
  const shade = (cell: Cell) => (largest > 0 ? Math.max(0, numberOf(cell)) / largest : 0);
  return (
    <Scroll label={title}>
      <table className="matrix">
        <thead>
          <tr>
            <th scope="col">{capital(words(down.name))}</th>
            {acrosses.map((each) => (
              <th key={each} scope="col" className="figure">
                <Value cell={each} format={shown[across.name]} type={across.type} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {downs.map((each) => (
            <tr key={each}>
              <th scope="row">
                <Value cell={each} format={shown[down.name]} type={down.type} />
              </th>
              {acrosses.map((other) => {
                const cell = cells.get(JSON.stringify([each, other]));
                if (cell === undefined || cell === null) return <td key={other} className="figure" />;
                return (
                  <td
                    key={other}
                    className="figure"
                    style={{ '--shade': `${Math.round(shade(cell) * 45)}%` } as React.CSSProperties}
                  >
                    <Value cell={cell} format={shown[value.name]} type={value.type} />
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** Lines over time or over ranks, drawn twice: for a wide page and for a phone, of which the page shows one. */
import { AxisBottom, AxisLeft, type TickRendererProps } from '@visx/axis';
import { GridRows } from '@visx/grid';
import { scaleLinear, scalePoint, scaleUtc } from '@visx/scale';
import { AreaClosed, LinePath } from '@visx/shape';
import type { Format } from '../domain/report';
import type { Rows } from './data';
import { isDay, printable, type Shown } from './format';
import { type FormatsOf, shownAs } from './table';
import { capital, useFormats, words } from './words';

interface Point {
  readonly at: string;
  readonly value: number;
}

interface Series {
  readonly name: string;
  /** As declared, for the axis. */
  readonly format: Format | undefined;
  /** For all of its values. */
  readonly shown: Shown | undefined;
  readonly points: readonly Point[];
}

interface Size {
  readonly width: number;
  readonly height: number;
  readonly ticks: number;
  readonly className: string;
}

const SIZES: readonly Size[] = [
  { width: 760, height: 230, ticks: 6, className: 'chart wide' },
  { width: 340, height: 220, ticks: 3, className: 'chart narrow' },
];
const MARGIN = { top: 12, right: 14, bottom: 26, left: 58 };
/** So many that each can be pointed at. */
const MOST_HINTS = 70;
const ROW_TICKS = 4;

function toSeries(all: Rows, formats: FormatsOf): Series[] {
  const shown = shownAs(all, formats);
  return all.columns.slice(1).map(({ name }, index) => ({
    name,
    format: formats[name],
    shown: shown[name],
    points: all.rows.map((row) => ({
      at: row[0] ?? '',
      value: row[index + 1] === null ? Number.NaN : Number(row[index + 1]),
    })),
  }));
}

const Tick = ({ x, y, formattedValue, textAnchor, dy }: TickRendererProps) => (
  <text x={x} y={y} dy={dy} textAnchor={textAnchor === 'end' ? 'end' : 'middle'}>
    {formattedValue}
  </text>
);

/** A name as far as there is room for it under an axis; the table has the whole. */
const LONGEST_TICK = 14;
const shortName = (name: string) =>
  [...name].length > LONGEST_TICK ? `${[...name].slice(0, LONGEST_TICK - 1).join('')}…` : name;

/** Ranks or names along the axis, thinned out to so many. */
const thinned = (names: readonly string[], ticks: number) => {
  const step = Math.max(1, Math.ceil(names.length / ticks));
  return names.filter((_, index) => index % step === 0);
};

function Plot({ series, size, label }: { series: readonly Series[]; size: Size; label: string }) {
  const { tick, shortDay, value } = useFormats();
  const inner = { width: size.width - MARGIN.left - MARGIN.right, height: size.height - MARGIN.top - MARGIN.bottom };
  const along = series[0]?.points.map(({ at }) => at) ?? [];
  const values = series.flatMap(({ points }) => points.map((point) => point.value)).filter(Number.isFinite);
  const vertical = scaleLinear({
    domain: [Math.min(0, ...values), Math.max(0, ...values) || 1],
    range: [inner.height, 0],
    nice: ROW_TICKS,
  });
  const days = along.every(isDay);
  const time = scaleUtc({
    domain: [new Date(along[0] ?? 0), new Date(along.at(-1) ?? 0)],
    range: [0, inner.width],
  });
  const ranks = scalePoint({ domain: [...along], range: [0, inner.width] });
  const x = ({ at }: Point) => (days ? time(new Date(at)) : (ranks(at) ?? 0));
  const y = (point: Point) => vertical(point.value);
  const defined = (point: Point) => Number.isFinite(point.value);
  const [first] = series;
  return (
    <svg className={size.className} viewBox={`0 0 ${size.width} ${size.height}`} role="img" aria-label={label}>
      <g transform={`translate(${MARGIN.left}, ${MARGIN.top})`}>
        <GridRows scale={vertical} width={inner.width} numTicks={ROW_TICKS} className="grid" />
        {series.length === 1 && first !== undefined && (
          <AreaClosed data={[...first.points]} x={x} y={y} yScale={vertical} defined={defined} className="area" />
        )}
        {series.map(({ name, shown, points }, index) => (
          <g key={name} className={`series s${index % 4}`}>
            <LinePath data={[...points]} x={x} y={y} defined={defined} />
            {points.length <= MOST_HINTS &&
              points.filter(defined).map((point) => (
                <circle key={point.at} cx={x(point)} cy={y(point)} r={7}>
                  <title>{`${days ? shortDay(point.at) : printable(point.at)}: ${series.length > 1 ? `${words(name)} ` : ''}${value(String(point.value), shown, 'DOUBLE')}`}</title>
                </circle>
              ))}
          </g>
        ))}
        <AxisLeft
          scale={vertical}
          numTicks={ROW_TICKS}
          hideAxisLine
          hideTicks
          axisClassName="axis"
          tickFormat={(at) => tick(Number(at), first?.format)}
          tickLabelProps={{ textAnchor: 'end', dy: '0.32em', dx: 0 }}
          tickComponent={Tick}
        />
        {days ? (
          <AxisBottom
            scale={time}
            top={inner.height}
            numTicks={size.ticks}
            hideTicks
            axisClassName="axis"
            tickFormat={(at) => shortDay((at as Date).toISOString().slice(0, 10))}
            tickLabelProps={{ textAnchor: 'middle' }}
            tickComponent={Tick}
          />
        ) : (
          <AxisBottom
            scale={ranks}
            top={inner.height}
            tickValues={thinned(along, size.ticks)}
            tickFormat={(name) => printable(shortName(name))}
            hideTicks
            axisClassName="axis"
            tickLabelProps={{ textAnchor: 'middle' }}
            tickComponent={Tick}
          />
        )}
      </g>
    </svg>
  );
}

/** What the lines say, for those who do not see them, and for those who do not want to measure. */
function useSummary(series: readonly Series[]): string {
  const { day, value } = useFormats();
  const where = (at: string) => (isDay(at) ? day(at) : printable(at));
  return series
    .flatMap(({ name, shown, points }) => {
      const known = points.filter((point) => Number.isFinite(point.value));
      const [first] = known;
      if (first === undefined) return [`${capital(words(name))}: no value`];
      const high = known.reduce((best, point) => (point.value > best.value ? point : best), first);
      const low = known.reduce((best, point) => (point.value < best.value ? point : best), first);
      const text = (point: Point) => `${value(String(point.value), shown, 'DOUBLE')} on ${where(point.at)}`;
      return [`${capital(words(name))}: highest ${text(high)}, lowest ${text(low)}`];
    })
    .join('. ');
}

export function Line({ title, rows, formats }: { title: string; rows: Rows; formats: FormatsOf }) {
  const series = toSeries(rows, formats);
  const summary = useSummary(series);
  return (
    <figure>
      {series.length > 1 && (
        <ul className="legend" aria-hidden="true">
          {series.map(({ name }, index) => (
            <li key={name} className={`s${index % 4}`}>
              {words(name)}
            </li>
          ))}
        </ul>
      )}
      {SIZES.map((size) => (
        <Plot key={size.width} series={series} size={size} label={`${title}. ${summary}`} />
      ))}
      <figcaption>{summary}.</figcaption>
    </figure>
  );
}

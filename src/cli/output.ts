/** Where words go: data to stdout, everything else to stderr; colour only where it is wanted. */
import { isatty } from 'node:tty';
import Table from 'cli-table3';
import pc from 'picocolors';

export interface OutputOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** commander's `--no-color`. */
  readonly color?: boolean;
}

export interface Output {
  readonly json: boolean;
  /** stderr is a terminal that may be redrawn. */
  readonly live: boolean;
  readonly paint: ReturnType<typeof pc.createColors>;
  /** For people, to stderr; silent when quiet. */
  say(line?: string): void;
  /** Data, to stdout. */
  data(text: string): void;
  /** The one answer of a command: JSON when asked for, else what `text` makes of it. */
  answer(value: unknown, text: () => string): void;
}

type Environment = Readonly<Record<string, string | undefined>>;

const STDERR = 2;
/** Not `process.stderr.isTTY`: where it is none that is undefined, and picocolors then guesses by itself. */
const isTerminal = () => isatty(STDERR);

/** NO_COLOR wins over everything, also over FORCE_COLOR. */
function wantsColor(options: OutputOptions, environment: Environment): boolean {
  if (options.color === false || environment.NO_COLOR) return false;
  return Boolean(environment.FORCE_COLOR) || isTerminal();
}

export function createOutput(options: OutputOptions, environment: Environment): Output {
  const json = options.json === true;
  const quiet = options.quiet === true;
  const data = (text: string) => void process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  return {
    json,
    live: isTerminal() && !quiet && !json && environment.TERM !== 'dumb',
    paint: pc.createColors(wantsColor(options, environment)),
    say: (line = '') => {
      if (!quiet) process.stderr.write(`${line}\n`);
    },
    data,
    answer: (value, text) => data(json ? JSON.stringify(value, null, 2) : text()),
  };
}

/** Control characters of data would move the cursor or worse. */
export const printable = (text: string): string => text.replaceAll(/(?![\n\t])\p{Cc}/gu, '�');

/** Text on one line, cut when it is longer than so many characters. */
export function oneLine(text: string, most: number): string {
  const line = text.replaceAll(/\r\n|[\n\r]/g, '⏎');
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}

/** Text over as many lines as it takes, broken at blanks, so that nothing of it is cut. */
export function wrapped(text: string, most: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of oneLine(text, Number.POSITIVE_INFINITY).split(' ')) {
    if (line !== '' && line.length + 1 + word.length > most) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}

/** A cell of a table: data, which are made printable, with a colour around them if need be. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

const cellText = (cell: Cell) => (typeof cell === 'string' ? printable(cell) : cell.paint(printable(cell.text)));

/** A plain table: columns with numbers to the right. */
export function textTable(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  numeric: readonly number[] = [],
): string {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, index) => (numeric.includes(index) ? 'right' : 'left')),
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '  ',
    },
  });
  for (const row of rows) table.push(row.map(cellText));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** A value of a row as text; NULL is empty. */
export const valueText = (value: unknown): string =>
  value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);

/** `2026-11-25T02:00:00Z` */
export const instantText = (instant: Date | string): string =>
  `${(typeof instant === 'string' ? instant : instant.toISOString()).slice(0, 19)}Z`;

/** `1 row`, `2,000 rows` */
export const counted = (count: number, noun: string): string => `${thousands(count)} ${noun}${count === 1 ? '' : 's'}`;

export const thousands = (value: number): string => value.toLocaleString('en-US');

/** `123 bytes`, `4.5 KB`, `1.2 GB` */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return counted(bytes, 'byte');
  const [unit, size] = (
    [
      ['GB', 1e9],
      ['MB', 1e6],
      ['KB', 1e3],
    ] as const
  ).find(([, least]) => bytes >= least) ?? ['KB', 1e3];
  return `${(bytes / size).toFixed(1)} ${unit}`;
}

/** `0.25 s`, `3.4 s`, `128 s` */
export const secondsText = (seconds: number): string =>
  `${seconds < 1 ? seconds.toFixed(2) : seconds < 10 ? seconds.toFixed(1) : thousands(Math.round(seconds))} s`;

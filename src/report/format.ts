/** Values as people write them, in the pipeline's locale and currency. Exact text in, text out. */
import type { Format } from '../domain/report';
import { isNumeric } from '../domain/sql';
import type { Cell } from './data';

/** What stands where there is no value. */
export const NOTHING = '–';
/** As long as a plus, unlike a hyphen. */
const MINUS = '−';

/** With so many decimals, as all of its column. */
interface Fixed {
  readonly as: 'number' | 'money';
  readonly decimals: number;
}
export type Shown = Format | Fixed;

export interface Formats {
  /** By the given format, else by the column's type. */
  value(value: Cell, format: Shown | undefined, type?: string): string;
  /** For a card: short where it is in millions, and written like the figure beside it. */
  card(value: Cell, format: Format | undefined, type?: string, beside?: Cell): string;
  /** Short, for the ticks of an axis. */
  tick(value: number, format: Format | undefined): string;
  /** `28 Oct` */
  shortDay(day: string): string;
  day(day: string): string;
  count(value: number): string;
  /** With its time, in the zone. */
  instant(iso: string, zone: string): string;
}

/** Control characters and broken surrogates are no text: they would vanish, or be taken for something else. */
export const printable = (text: string): string =>
  text.replaceAll(/(?![\n\t])\p{Cc}/gu, '\uFFFD').replaceAll(/\p{Cs}/gu, '\uFFFD');

export const isDay = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text);

/** From here on cents are noise. */
const WHOLE_FROM = 10_000;
const MILLION = 1_000_000;
const DECIMALS = 2;
const MOST_DECIMALS = 12;

/** How a column is written when nothing is declared. */
const formatOf = (type = ''): Format | 'time' =>
  type === 'DATE' ? 'day' : type.startsWith('TIMESTAMP') ? 'time' : isNumeric(type) ? 'number' : 'text';
const TRUTHS: Readonly<Record<string, string>> = { true: 'yes', false: 'no' };

const isNumber = (text: Cell): text is string => text !== null && /^[+-]?\d/.test(text);
/** Text of a number that is exact also beyond what a number holds. */
const exactly = (text: string) => text as Intl.StringNumericLiteral;

/** As many as one of the values needs, 2 at most; where all are below 1, those that show two figures of the largest. */
function decimalsOf(values: readonly string[], largest: number): number {
  const most = largest > 0 && largest < 1 ? Math.min(1 - Math.floor(Math.log10(largest)), MOST_DECIMALS) : DECIMALS;
  const form = new Intl.NumberFormat('en', { maximumFractionDigits: most });
  const places = values.map((text) => form.formatToParts(exactly(text)).find(({ type }) => type === 'fraction'));
  return Math.max(0, ...places.map((fraction) => fraction?.value.length ?? 0));
}

/** One column is written in one way: with the same decimals, money without cents as soon as one of its values is large. */
export function inOneWay(format: Format | undefined, values: readonly Cell[], type?: string): Shown | undefined {
  const as = format ?? formatOf(type);
  if (as !== 'money' && as !== 'number') return format;
  const numbers = values.filter(isNumber);
  const largest = numbers.reduce((most, text) => Math.max(most, Math.abs(Number(text))), 0);
  if (as === 'number') return { as, decimals: decimalsOf(numbers, largest) };
  return largest >= WHOLE_FROM ? { as, decimals: 0 } : format;
}

export function formatsIn(locale: string, currency: string): Formats {
  // What is rounded to nothing has no sign.
  const number = (options: Intl.NumberFormatOptions) =>
    new Intl.NumberFormat(locale, { signDisplay: 'negative', ...options });
  const currencies = { style: 'currency', currency } as const;
  const money = number(currencies);
  const moneyCard = number({ ...currencies, notation: 'compact', minimumFractionDigits: 0, maximumFractionDigits: 2 });
  const plain = number({ maximumFractionDigits: DECIMALS });
  const percent = { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 } as const;
  const share = number(percent);
  const change = number({ ...percent, signDisplay: 'exceptZero' });
  const points = number({ minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: 'exceptZero' });
  const short = { notation: 'compact', maximumSignificantDigits: 3 } as const;
  const ticks = {
    money: number({ ...currencies, ...short }),
    share: number({ style: 'percent', maximumSignificantDigits: 3 }),
    number: number(short),
  };
  const fixed = new Map<string, Intl.NumberFormat>();
  function fixedForm({ as, decimals }: Fixed): Intl.NumberFormat {
    const key = `${as} ${decimals}`;
    const places = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    const form = fixed.get(key) ?? number(as === 'money' ? { ...currencies, ...places } : places);
    fixed.set(key, form);
    return form;
  }
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
  const shortDate = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' });
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });
  const dayText = (form: Intl.DateTimeFormat, text: string) =>
    isDay(text.slice(0, 10)) ? form.format(new Date(`${text.slice(0, 10)}T00:00:00Z`)) : printable(text);
  /** The engine writes times as the clock of the pipeline's zone shows them. */
  function timeText(text: string): string {
    const [clock] = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}/.exec(text) ?? [];
    return clock === undefined ? printable(text) : dateTime.format(new Date(`${clock.replace(' ', 'T')}Z`));
  }
  const exact = (form: Intl.NumberFormat, text: string) => form.format(exactly(text)).replaceAll('-', MINUS);

  function value(text: Cell, format: Shown | undefined, type?: string): string {
    if (text === null) return NOTHING;
    const as = format ?? formatOf(type);
    if (type === 'BOOLEAN') return TRUTHS[text] ?? printable(text);
    if (as === 'text') return printable(text);
    if (as === 'day') return dayText(date, text);
    if (as === 'time') return timeText(text);
    if (!isNumber(text)) return printable(text);
    if (typeof as === 'object') return exact(fixedForm(as), text);
    switch (as) {
      case 'money':
        return exact(money, text);
      case 'share':
        return exact(share, text);
      case 'change':
        return exact(change, text);
      case 'points':
        return `${exact(points, text)} pts`;
      case 'number':
        return exact(plain, text);
    }
  }
  return {
    value,
    card(text, format, type, beside = null) {
      const short = format === 'money' && Math.abs(Number(text)) >= MILLION;
      return short && text !== null
        ? exact(moneyCard, text)
        : value(text, inOneWay(format, [text, beside], type), type);
    },
    tick: (at, format) =>
      ticks[format === 'money' ? 'money' : format === 'share' || format === 'change' ? 'share' : 'number'].format(at),
    shortDay: (text) => dayText(shortDate, text),
    day: (text) => dayText(date, text),
    count: (count) => plain.format(count),
    instant: (iso, zone) =>
      new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone: zone }).format(
        new Date(iso),
      ),
  };
}

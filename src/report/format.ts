/** Values as people write them, in the pipeline's locale and currency. Exact text in, text out. */
import { type Format, isNumeric } from '../domain/report';
import type { Cell } from './data';

/** What stands where there is no value. */
export const NOTHING = '–';
/** As long as a plus, unlike a hyphen. */
const MINUS = '−';

/** Money without its cents, where they would only be noise. */
export type Shown = Format | 'whole money';

export interface Formats {
  /** By the given format, else by the column's type. */
  value(value: Cell, format: Shown | undefined, type?: string): string;
  /** Short where it is in millions, for a card. */
  card(value: Cell, format: Format | undefined, type?: string): string;
  /** Short, for the ticks of an axis. */
  tick(value: number, format: Shown | undefined): string;
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

/** One column is written in one way: without cents as soon as one of its values is large. */
export const inOneWay = (format: Format | undefined, values: readonly Cell[]): Shown | undefined =>
  format === 'money' && values.some((value) => Math.abs(Number(value)) >= WHOLE_FROM) ? 'whole money' : format;

/** How a column is written when nothing is declared. */
const formatOf = (type = ''): Format => (type === 'DATE' ? 'day' : isNumeric(type) ? 'number' : 'text');
const TRUTHS: Readonly<Record<string, string>> = { true: 'yes', false: 'no' };

export function formatsIn(locale: string, currency: string): Formats {
  const number = (options: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options);
  const money = number({ style: 'currency', currency });
  const moneyWhole = number({ style: 'currency', currency, maximumFractionDigits: 0 });
  const compact = { style: 'currency', currency, notation: 'compact', minimumFractionDigits: 0 } as const;
  const moneyTick = number({ ...compact, maximumFractionDigits: 1 });
  const moneyCard = number({ ...compact, maximumFractionDigits: 2 });
  const plain = number({ maximumFractionDigits: 2 });
  const short = number({ notation: 'compact', maximumFractionDigits: 1 });
  const percent = { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 } as const;
  const share = number(percent);
  const shareTick = number({ style: 'percent', maximumFractionDigits: 1 });
  const change = number({ ...percent, signDisplay: 'exceptZero' });
  const points = number({ minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: 'exceptZero' });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
  const shortDate = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' });
  const dayText = (form: Intl.DateTimeFormat, text: string) =>
    isDay(text.slice(0, 10)) ? form.format(new Date(`${text.slice(0, 10)}T00:00:00Z`)) : printable(text);
  /** Text of a number that is exact also beyond what a number holds. */
  const exact = (form: Intl.NumberFormat, text: string) =>
    form.format(text as Intl.StringNumericLiteral).replaceAll('-', MINUS);

  function value(text: Cell, format: Shown | undefined, type?: string): string {
    if (text === null) return NOTHING;
    const as = format ?? formatOf(type);
    if (type === 'BOOLEAN') return TRUTHS[text] ?? printable(text);
    if (as === 'text') return printable(text);
    if (as === 'day') return dayText(date, text);
    if (!/^[+-]?\d/.test(text)) return printable(text);
    switch (as) {
      case 'money':
        return exact(money, text);
      case 'whole money':
        return exact(moneyWhole, text);
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
    card(text, format, type) {
      const short = format === 'money' && Math.abs(Number(text)) >= MILLION;
      return short && text !== null ? exact(moneyCard, text) : value(text, inOneWay(format, [text]), type);
    },
    tick: (at, format) =>
      (format === 'money' ? moneyTick : format === 'share' || format === 'change' ? shareTick : short).format(at),
    shortDay: (text) => dayText(shortDate, text),
    day: (text) => dayText(date, text),
    count: (count) => plain.format(count),
    instant: (iso, zone) =>
      new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone: zone }).format(
        new Date(iso),
      ),
  };
}

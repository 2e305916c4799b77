/** Small pieces that every part of the page uses. */
import { createContext, type ReactNode, useContext } from 'react';
import type { Cell } from './data';
import { type Formats, NOTHING, type Shown } from './format';

export const FormatsContext = createContext<Formats | undefined>(undefined);

export function useFormats(): Formats {
  const formats = useContext(FormatsContext);
  if (formats === undefined) throw new Error('a part of the report stands outside of its page');
  return formats;
}

/** `first_order_day` → `first order day` */
export const words = (name: string): string => name.replaceAll('_', ' ');

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `1 row`, `28 rows` */
export function useCounted(): (count: number, noun: string) => string {
  const { count: text } = useFormats();
  return (count, noun) => `${text(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** One value; what is not there is told to who listens, too. */
export function Value({ cell, format, type }: { cell: Cell; format?: Shown | undefined; type?: string | undefined }) {
  const { value } = useFormats();
  if (cell !== null) return value(cell, format, type);
  return (
    <span className="nothing">
      <span aria-hidden="true">{NOTHING}</span>
      <span className="unseen">none</span>
    </span>
  );
}

/** Why there is nothing to see. */
export const Absence = ({ children }: { children: ReactNode }) => <p className="absence">{children}</p>;

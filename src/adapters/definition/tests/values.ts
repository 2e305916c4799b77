/** Whether a written value fits its column: strictly, as a source's values have to. */
import { COLUMN_TYPE } from '../../../domain/definition';
import type { Written } from '../../../domain/model-tests';
import { show, valueProblem } from '../../sources/csv/values';
import { parseTestDocument } from './yaml';

/** Types that are written as another one is. */
const AS: Readonly<Record<string, string>> = {
  'TIMESTAMP WITH TIME ZONE': 'TIMESTAMPTZ',
  HUGEINT: 'DECIMAL(38,0)',
};
const LIST = /^(.*)\[\d*\]$/;

/** The value as the engine takes it, or why it is none of this type. Types that only the engine knows are left to it. */
export function typedValue(type: string, written: Written): { readonly value: Written } | { readonly problem: string } {
  const item = LIST.exec(type)?.[1];
  if (written === null) return { value: null };
  if (item !== undefined) {
    // In a block of rows a list is text like all else.
    const list = typeof written === 'string' ? parseTestDocument('', written).content : written;
    if (!Array.isArray(list)) return { problem: `${show(String(written))} is no list such as [1, 2]` };
    const items = list.map((one: Written) => typedValue(item, one));
    return (
      items.find((one) => 'problem' in one) ?? { value: items.flatMap((one) => ('value' in one ? [one.value] : [])) }
    );
  }
  if (typeof written !== 'string') return { problem: `expected one value of type ${type}, got a list` };
  const as = AS[type] ?? type;
  const problem = COLUMN_TYPE.test(as) ? valueProblem(as, written) : undefined;
  return problem === undefined ? { value: written } : { problem: `${show(written)} ${problem}` };
}

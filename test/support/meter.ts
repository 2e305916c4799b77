/** A meter that remembers what it was told, by the names that are scraped. */
import type { MetricMeter, MetricTags } from '@temporalio/common';

export interface RememberingMeter {
  readonly meter: MetricMeter;
  /** `label=value label=value`, in the order of the names → the last value, or the sum of a counter. */
  values(name: string): Readonly<Record<string, number>>;
}

const keyOf = (tags: MetricTags = {}) =>
  Object.entries(tags)
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(' ');

export function rememberingMeter(): RememberingMeter {
  const series = new Map<string, Record<string, number>>();
  const of = (name: string) => {
    const found = series.get(name) ?? {};
    series.set(name, found);
    return found;
  };
  const set = (name: string) => (value: number, tags?: MetricTags) => {
    of(name)[keyOf(tags)] = value;
  };
  const meter = {
    createCounter: (name: string) => ({
      add: (value: number, tags?: MetricTags) =>
        set(`${name}_total`)((of(`${name}_total`)[keyOf(tags)] ?? 0) + value, tags),
    }),
    createGauge: (name: string) => ({ set: set(name) }),
    createHistogram: (name: string, _type: string, unit: string) => ({ record: set(`${name}_${unit}`) }),
  };
  return { meter: meter as unknown as MetricMeter, values: (name) => of(name) };
}

/** Scores of customers with orders, and the groups that they fall into. */
import type { Customer } from './customers';
import { MONEY, scaled } from './money';
import type { Setting } from './rows';

export interface Scores {
  readonly recency: number;
  readonly frequency: number;
  readonly monetary: number;
}

export function scoresOf(customer: Customer, customers: readonly Customer[]): Scores | null {
  if (customer.last === null) return null;
  const { last } = customer;
  const buyers = customers.filter(({ orders }) => orders > 0n);
  // The rank is one more than how many are worse.
  const score = (worse: (other: Customer) => boolean) =>
    1 + Math.floor((5 * buyers.filter(worse).length) / buyers.length);
  return {
    recency: score((other) => other.last !== null && other.last < last),
    frequency: score((other) => other.orders < customer.orders),
    monetary: score((other) => other.value < customer.value),
  };
}

export function rfmSegment({ value }: Customer, scores: Scores | null): string {
  if (scores === null) return 'prospect';
  const { recency: r, frequency: f, monetary: m } = scores;
  if (value <= 0n) return 'returned_only';
  if (r >= 4 && f >= 4 && m >= 4) return 'champion';
  if (r >= 3 && f >= 3) return 'loyal';
  if (r >= 4) return 'promising';
  if (r <= 2 && (f >= 4 || m >= 4)) return 'at_risk';
  if (r <= 2 && f <= 2) return 'hibernating';
  return 'needs_attention';
}

export function valueTier({ value, orders }: Customer, parameters: Setting['parameters']): string {
  const worth = (name: string) => value >= scaled(parameters[name] ?? '', MONEY);
  const often = (name: string) => orders >= BigInt(parameters[name] ?? '');
  if (orders === 0n) return 'new';
  if (worth('vip_value') && often('vip_orders')) return 'vip';
  if (worth('regular_value') || often('regular_orders')) return 'regular';
  if (worth('occasional_value') || often('occasional_orders')) return 'occasional';
  return 'new';
}

export function churnRisk({ orders, first, last, daysSince }: Customer): string | null {
  if (first === null || last === null || daysSince === null) return null;
  // The mean interval, multiplied out: days > times × (last − first) / (orders − 1).
  const exceeds = (days: number, times: number) =>
    daysSince > days && (orders === 1n || daysSince * (Number(orders) - 1) > times * (last - first));
  return exceeds(90, 3) ? 'high' : exceeds(45, 2) ? 'medium' : 'low';
}

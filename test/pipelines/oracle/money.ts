/** Exact decimals as whole numbers: money in ten-thousandths, units in thousandths, rates in hundred-millionths. */
export const MONEY = 4;
export const UNITS = 3;
export const RATE = 8;

/** `'1.25'` at 4 places: 12500n */
export function scaled(text: string, places: number): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(places, '0'));
}
export const scaledOrNull = (text: string | null, places: number): bigint | null =>
  text === null ? null : scaled(text, places);

export const abs = (n: bigint): bigint => (n < 0n ? -n : n);
export const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);

/** n / d, to the whole, half away from zero. */
export function divide(n: bigint, d: bigint): bigint {
  const result = (2n * abs(n) + abs(d)) / (2n * abs(d));
  return n < 0n === d < 0n ? result : -result;
}

/** n / d as a DOUBLE; null without a divisor. */
export const ratio = (n: bigint, d: bigint): number | null => (d === 0n ? null : Number(n) / Number(d));

const written = (n: bigint, places: number): string => {
  const digits = String(abs(n)).padStart(places + 1, '0');
  return `${n < 0n ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`;
};
export function moneyText(n: bigint): string;
export function moneyText(n: bigint | null): string | null;
export function moneyText(n: bigint | null): string | null {
  return n === null ? null : written(n, MONEY);
}
export function unitsText(n: bigint): string;
export function unitsText(n: bigint | null): string | null;
export function unitsText(n: bigint | null): string | null {
  return n === null ? null : written(n, UNITS);
}

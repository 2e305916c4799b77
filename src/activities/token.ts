/** An attempt's own mark in the names of what it writes. */
import { randomUUID } from 'node:crypto';

/**
 * `5f3a9c017b2e`. No clock and no process number: two attempts may begin in one millisecond, and in containers every worker
 * has the same number.
 */
export const ownToken = (): string => randomUUID().replaceAll('-', '').slice(0, 12);

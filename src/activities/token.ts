/** An attempt's own mark in the names of what it writes. */
import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';

/**
 * `2-5f3a9c017b2e`. No clock and no process number: two attempts may begin in one millisecond, and in containers every
 * worker has the same number.
 */
export const ownToken = (): string =>
  `${Context.current().info.attempt}-${randomUUID().replaceAll('-', '').slice(0, 12)}`;

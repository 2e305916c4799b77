/** Who waits for a database says so: in the beats of its step, and once for each reason in the log. */
import { Context } from '@temporalio/activity';
import type { Waiting } from '../adapters/source';
import type { Services } from './services';

/** What is over sooner is not worth a word. */
const TOLD_AFTER_MS = 1_000;

/** `waiting for one of 4 connections to the database, held by daybreak orders 7` */
export const waitingText = ({ reason, heldBy }: Waiting): string =>
  heldBy.length === 0 ? reason : `${reason}, held by ${heldBy.join(', ')}`;

/** Services for one step, whose databases tell what they wait for, and that as details of the step's beats. */
export function watchingWaits<S extends Pick<Services, 'openDatabase'>>(
  services: S,
): { readonly services: S; readonly waiting: () => { readonly waiting?: string } } {
  const logged = new Set<string>();
  let now: { readonly waiting: Waiting; readonly since: number } | undefined;
  const onWaiting = (waiting: Waiting | null) => {
    now = waiting === null ? undefined : { waiting, since: now?.since ?? Date.now() };
  };
  return {
    services: { ...services, openDatabase: async (request) => await services.openDatabase({ ...request, onWaiting }) },
    waiting() {
      if (now === undefined || Date.now() - now.since < TOLD_AFTER_MS) return {};
      const { waiting } = now;
      const text = waitingText(waiting);
      if (!logged.has(waiting.reason)) Context.current().log.warn(text);
      logged.add(waiting.reason);
      return { waiting: text };
    },
  };
}

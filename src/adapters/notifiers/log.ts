/** A channel that is always there: one line of the worker's log. */
import type { Notifier } from '../notifier';
import { plainText, render } from './render';

/** What of a logger is needed; pino's is one. */
export interface AlertLog {
  warn(fields: object, line: string): void;
  error(fields: object, line: string): void;
}

export const logNotifier = (name: string, log: AlertLog): Notifier => ({
  send: async (message, sending, signal) => {
    signal.throwIfAborted();
    const { id, kind, thread, event, severity, pipeline } = message;
    const rendered = render(message, sending);
    const { headline, command } = rendered;
    const fields = {
      channel: name,
      id,
      kind,
      thread,
      event,
      severity,
      pipeline,
      command,
      ...sending,
      text: plainText(rendered),
    };
    log[severity === 'critical' ? 'error' : 'warn']({ alert: fields }, headline);
    return { answer: 'logged' };
  },
});

/** A way to people: takes one message at a time. */
import type { Message, Sending, Sent } from '../domain/watch/message';

export interface Notifier {
  /**
   * Sends a message. Fails as `Throttled` with the time that the channel asks for, `Transient` where trying again may help,
   * `UnknownHost`, `Credentials`, or `MessageRefused` where it never will. No error holds a secret or an address.
   */
  send(message: Message, sending: Sending, signal: AbortSignal): Promise<Sent>;
}

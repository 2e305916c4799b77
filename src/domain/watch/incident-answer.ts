/** Answers of people to an incident. */
import type { Incident } from './incident';

/** Why an answer makes no sense; `undefined` when it does. Nobody has looked at it before: it may have been typed by hand. */
export function answerProblem(
  incident: Pick<Incident, 'status'> | undefined,
  kind: 'ack' | 'snooze' | 'resolve',
  answer: unknown,
): string | undefined {
  const {
    why,
    who,
    for: span,
  } = (typeof answer === 'object' && answer !== null ? answer : {}) as Record<string, unknown>;
  if (typeof why !== 'string' || why.trim() === '') return 'a reason is missing; expected {"why": "…"}';
  if (who !== undefined && typeof who !== 'string') return 'expected a name as "who"';
  if (kind === 'snooze' && span !== undefined && !(typeof span === 'string' && /^[1-9]\d{0,3}(s|m|h|d)$/.test(span)))
    return 'expected a time such as 30m or 2h as "for"';
  if (incident === undefined) return 'nothing is known of it yet';
  if (incident.status === 'resolved') return `it is resolved already: there is nothing to ${kind}`;
  return undefined;
}

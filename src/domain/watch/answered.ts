/** Incidents that somebody said are over, as the watch remembers them: by the days that they were of. */
import type { Night, WatchState } from './night';

const ANSWERED = 50;
const dayOf = (key: string, asOf: string): string => `${key} ${asOf}`;

/** Somebody said that an incident is over: the days that it is of by now are no work any more. Another day will be. */
export function answeredBy(state: WatchState, key: string): WatchState {
  const days = state.nights.filter(({ incident }) => incident === key).map(({ asOf }) => dayOf(key, asOf));
  return { ...state, answered: [...state.answered, ...days].slice(-ANSWERED) };
}

/** A night has an incident, and nobody said that it is over. */
export const isWork = ({ answered }: WatchState, { incident, asOf }: Night): boolean =>
  incident !== null && !answered.includes(dayOf(incident, asOf));

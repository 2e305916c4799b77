/** The morning's digest: what a night was, for who slept through it. */
import { isWork } from './answered';
import type { Message } from './message';
import type { DigestNote, WatchState } from './night';
import { spanText } from './time-text';
import { withoutPersonal } from './cause';

const HEADS: readonly (readonly [DigestNote['what'], string])[] = [
  ['waits', 'What waits for somebody'],
  ['rang', 'What rang'],
  ['healed', 'What healed by itself'],
  ['failed', 'What failed after the edition of its day was out'],
  ['answered', 'What somebody said is over'],
  ['noticed', 'What somebody changed'],
  ['not sent', 'What could not be sent'],
  ['published', 'What is published'],
];

/** The message, or `undefined` where there is nothing to read. */
export function digestOf(state: WatchState, id: string, at: string): Message | undefined {
  const { settings, notes, nights, undelivered } = state;
  const now = Date.parse(at);
  const open = new Set(nights.filter((night) => isWork(state, night)).map(({ asOf }) => asOf));
  // What was given up is told by its note.
  const givenUp = new Set(notes.flatMap(({ what, text }) => (what === 'not sent' ? [text] : [])));
  const unsent = Object.values(undelivered)
    .filter(({ text }) => !givenUp.has(text))
    .map(({ since, text }): DigestNote => {
      const age = spanText(now - Date.parse(since));
      return { at, asOf: '', what: 'not sent', text: `${text} (for ${age})` };
    });
  const all = [...notes, ...unsent];
  // What rang or waited and is over by now is no work for anybody.
  const isToDo = ({ what, asOf }: DigestNote) => what !== 'waits' || open.has(asOf);
  const sections = HEADS.flatMap(([what, label]) => {
    const texts = all.filter((note) => note.what === what && isToDo(note)).map(({ text }) => withoutPersonal(text));
    return texts.length === 0 ? [] : [{ label, text: [...new Set(texts)].join('\n') }];
  });
  if (sections.length === 0) return undefined;
  const waiting = open.size > 0;
  return {
    id: `${id}/digest/${at}`,
    kind: 'digest',
    thread: `${id}/digest/${at}`,
    severity: waiting ? 'degraded' : 'routine',
    pipeline: settings.pipeline,
    ...(settings.owner === null ? {} : { owner: settings.owner }),
    title: `${settings.pipeline}: ${waiting ? 'something waits for you' : 'the night is over, nothing waits'}`,
    sections,
    ...(waiting ? { command: 'daybreak incidents' } : {}),
    links: [],
    at,
  };
}

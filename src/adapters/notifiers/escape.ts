/** Text of data and of errors, made harmless for where it goes: nothing in it is a command, a mention, a link or a header. */

/** Control characters, marks that turn the direction of text, and halves of characters. */
const HARMFUL = /(?!\n)[\p{Cc}\p{Cs}\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu;

/** Text over several lines. */
export const clean = (text: string): string =>
  text.replaceAll('\r\n', '\n').replaceAll('\t', ' ').replaceAll(HARMFUL, '�');

/** Text on one line, also where the data have several: fit for a header. */
export const oneLine = (text: string): string => clean(text).replaceAll(/\s+/g, ' ').trim();

/**
 * As much of a text as fits into so many characters once each of its own is escaped; an ellipsis stands for the rest.
 * Neither a character nor its escape is cut in two.
 */
export function fit(text: string, most: number, escape: (text: string) => string = (same) => same): string {
  const whole = escape(text);
  if (whole.length <= most) return whole;
  let kept = '';
  for (const character of text) {
    const next = escape(character);
    if (kept.length + next.length + 1 > most) break;
    kept += next;
  }
  return most < 1 ? '' : `${kept}…`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** What Slack asks for; without `<`, there is no mention and no link. */
export const slackText = (text: string): string =>
  text.replaceAll(/[&<>]/g, (character) => ENTITIES[character] ?? character);

export const htmlText = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);

/** An address that may be followed, as a browser would write it; nothing for any that is not of the web. */
export function webAddress(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, href } = new URL(url);
  return protocol === 'https:' || protocol === 'http:'
    ? href.replaceAll(/[|<>"'\s]/g, (character) => encodeURIComponent(character).replace("'", '%27'))
    : undefined;
}

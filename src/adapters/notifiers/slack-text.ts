/** A message as Slack's blocks. All text is mrkdwn with `&`, `<` and `>` escaped and nothing looked for in it. */
import type { ContextBlock, KnownBlock, MrkdwnElement } from '@slack/types';
import { fit, slackText, webAddress } from './escape';
import type { Rendered } from './render';

const MOST_BLOCKS = 50;
const MOST_SECTION = 2_900;
const MOST_CONTEXT = 1_900;
/** Of all blocks of a message: at some 13,000 Slack refuses it as too long. */
const MOST_CHARACTERS = 10_000;
const MOST_FALLBACK = 2_000;

/** `verbatim`: neither addresses, nor names of channels, nor mentions are looked for. */
const mrkdwn = (text: string): MrkdwnElement => ({ type: 'mrkdwn', text, verbatim: true });
const context = (text: string): ContextBlock => ({ type: 'context', elements: [mrkdwn(text)] });
const escaped = (text: string, most: number): string => fit(text, most, slackText);

function linkLine({ links, runbook, footer }: Rendered): string {
  const shown = links.slice(0, 10).map(({ label, url }) => {
    const href = webAddress(url);
    const text = escaped(label, 100);
    return href === undefined || href.length > 500
      ? `${text}: ${escaped(url, 300)}`
      : `<${slackText(href)}|${text.replaceAll('|', '/')}>`;
  });
  const pieces = [
    ...shown,
    ...(runbook === undefined ? [] : [`Runbook: ${escaped(runbook, 200)}`]),
    escaped(footer, 200),
  ];
  let line = '';
  for (const piece of pieces)
    if (line.length + piece.length + 3 <= MOST_CONTEXT) line += `${line === '' ? '' : ' · '}${piece}`;
  return line;
}

/** What a notification and a screen reader say. */
export const fallback = ({ headline, marks }: Rendered): string =>
  escaped([headline, ...marks].join(' '), MOST_FALLBACK);

export function blocks(rendered: Rendered): KnownBlock[] {
  const { headline, marks, sections, command } = rendered;
  const ends: KnownBlock[] = [
    ...(command === undefined
      ? []
      : [
          {
            type: 'section' as const,
            text: mrkdwn(`*To do*\n\`\`\`${escaped(command.replaceAll('```', "'''"), 1_500)}\`\`\``),
          },
        ]),
    context(linkLine(rendered)),
  ];
  const first: KnownBlock[] = [
    { type: 'section', text: mrkdwn(`*${escaped(headline.replaceAll('*', '∗'), 1_500)}*`) },
    ...marks.map((mark) => context(escaped(mark, MOST_CONTEXT))),
  ];
  const length = (list: readonly KnownBlock[]) => JSON.stringify(list).length;
  const middle: KnownBlock[] = [];
  let left = MOST_CHARACTERS - length(first) - length(ends);
  sections.forEach(({ label, text }, index) => {
    const rest = sections.length - index;
    const name = escaped(label, 150);
    const most = Math.min(MOST_SECTION, Math.floor(left / rest) - 100) - name.length;
    if (most < 20 || first.length + middle.length + ends.length >= MOST_BLOCKS) return;
    const block: KnownBlock = { type: 'section', text: mrkdwn(`*${name}*\n${escaped(text, most)}`) };
    middle.push(block);
    left -= length([block]);
  });
  return [...first, ...middle, ...ends];
}

/** One line for the thread. */
export const threadLine = ({ headline, marks, sections, footer }: Rendered): string =>
  escaped([headline, ...marks, ...sections.slice(0, 1).map(({ text }) => text), footer].join('\n'), MOST_SECTION);

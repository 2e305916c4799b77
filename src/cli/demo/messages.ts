/** Stands for the ways to people: takes webhooks, and shows each message as it arrives. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Message } from '../../domain/watch/message';
import { type Output, printable } from '../output';

/** What is shown before the messages of each channel. */
const HEADS: Readonly<Record<string, string>> = { ring: '✉  to whoever is on call', team: '✉  to the team' };
/** What makes a phone ring; the rest is shown where it rang. */
const RINGING = ['opened', 'raised', 'reopened', 'escalated'];
const headOf = ({ channel, message }: Arrived): string =>
  channel === 'ring' && RINGING.includes(message.event ?? '')
    ? '☎  the phone of whoever is on call rings'
    : (HEADS[channel] ?? channel);

export interface Arrived {
  readonly channel: string;
  readonly message: Pick<
    Message,
    'kind' | 'event' | 'severity' | 'pipeline' | 'title' | 'sections' | 'command' | 'thread'
  >;
}

export interface Messages {
  /** `http://127.0.0.1:…/ring` */
  url(channel: string): string;
  readonly arrived: readonly Arrived[];
  /** The first that fits, also of those that are there already; fails when none comes in time. */
  wait(what: string, fits: (arrived: Arrived) => boolean): Promise<Arrived>;
  close(): Promise<void>;
}

const LIMIT_MS = 120_000;

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function shown(arrived: Arrived, { paint }: Output): string {
  const { severity, event, title, sections, command } = arrived.message;
  const head = [severity, ...(event === undefined || event === 'opened' ? [] : [event])].join(', ');
  const tint = severity === 'critical' && event !== 'resolved' ? paint.red : paint.yellow;
  const lines = [
    paint.bold(headOf(arrived)),
    tint(paint.bold(`[${head}] ${title}`)),
    ...sections.map(({ label, text }) => `${paint.dim(label)}\n  ${text.replaceAll('\n', '\n  ')}`),
    ...(command === undefined ? [] : [`${paint.dim('To do')}\n  ${paint.bold(command)}`]),
  ];
  const bar = paint.dim('  │ ');
  return `\n${printable(lines.join('\n'))
    .split('\n')
    .map((line) => `${bar}${line}`)
    .join('\n')}\n`;
}

export async function openMessages(output: Output): Promise<Messages> {
  const arrived: Arrived[] = [];
  const known = new Set<string>();
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    bodyOf(request)
      .then((body) => {
        const one: Arrived = {
          channel: (request.url ?? '').slice(1),
          message: (JSON.parse(body) as { data: Arrived['message'] }).data,
        };
        const id = `${one.channel} ${String(request.headers['webhook-id'])}`;
        response.writeHead(204).end();
        if (known.has(id)) return;
        known.add(id);
        arrived.push(one);
        output.say(shown(one, output));
        for (const look of waiting) look();
      })
      .catch(() => response.writeHead(400).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    arrived,
    url: (channel) => `http://127.0.0.1:${port}/${channel}`,
    wait: async (what, fits) =>
      await new Promise<Arrived>((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`no message came: ${what}`));
        }, LIMIT_MS);
        function look(): void {
          const found = arrived.find(fits);
          if (found === undefined) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(found);
        }
        waiting.add(look);
        look();
      }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

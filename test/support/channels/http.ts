/** A local HTTP server that stands for a channel: records what arrives, and misbehaves on request. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * `hang`: takes the request and never answers. `close`: ends the connection before it has read it. `lose`: does all that
 * it would do, and ends the connection instead of answering. `flood`: its answer never ends. `redirect`, `html`: as something in between would answer.
 */
export type Fault = Reply | 'hang' | 'close' | 'lose' | 'flood' | 'redirect' | 'html';

export interface Request {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface ChannelServer {
  readonly url: string;
  /** The next requests get these, one each; after them it answers as it should. */
  answerWith(...faults: readonly Fault[]): void;
  /** Every request gets this from now on; without a fault, it answers as it should. */
  answerAlways(fault?: Fault): void;
  stop(): Promise<void>;
}

/** Requests that it could not have taken are answered by `refuse`, and told in `problems`. */
export interface HttpChannel extends ChannelServer {
  /** Every request, also those that it misbehaved for. */
  readonly requests: readonly Request[];
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

const HTML: Reply = {
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<html><body>Please sign in to this network</body></html>',
};

/** `accept` does what the channel does with a request, and gives its answer. */
export async function startHttp(accept: (request: Request) => Reply): Promise<HttpChannel> {
  const requests: Request[] = [];
  const next: Fault[] = [];
  let always: Fault | undefined;
  const answer = async (incoming: IncomingMessage, response: ServerResponse) => {
    const fault = next.shift() ?? always;
    if (fault === 'close') return incoming.socket.destroy();
    const headers = incoming.headers as Record<string, string | undefined>;
    const request = { path: incoming.url ?? '', headers, body: await bodyOf(incoming) };
    requests.push(request);
    if (fault === 'hang') return undefined;
    if (fault === 'flood') {
      response.writeHead(500);
      const more = () => response.write('no '.repeat(10_000));
      response.on('drain', more);
      return more();
    }
    if (fault === 'lose') {
      accept(request);
      return incoming.socket.destroy();
    }
    const reply =
      fault === undefined
        ? accept(request)
        : fault === 'html'
          ? HTML
          : fault === 'redirect'
            ? { status: 307, headers: { location: `http://${incoming.headers.host}/elsewhere` } }
            : fault;
    return response.writeHead(reply.status, reply.headers).end(reply.body);
  };
  const server = createServer((incoming, response) => void answer(incoming, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A test that fails does not stop it.
  server.unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answerWith: (...faults) => void next.push(...faults),
    answerAlways: (fault) => {
      always = fault;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const jsonReply = (status: number, body: unknown): Reply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

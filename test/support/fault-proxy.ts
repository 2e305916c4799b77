/** A way to a server that goes wrong when a test says so. */
import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';

export type Fault =
  | { readonly kind: 'none' }
  /** Each piece comes later. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** So much a second comes through, of what the server sends. */
  | { readonly kind: 'throttled'; readonly bytesPerSecond: number }
  /** After so many bytes of the server, the connection is reset. */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /** After so many bytes of the server it ends, as if the server had said so. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** After so many bytes of the server nothing comes through any more, in neither direction, and nobody says so. */
  | { readonly kind: 'silence'; readonly afterBytes: number };

export interface FaultProxy {
  readonly port: number;
  /** For the connections that are open, whose bytes count from now on, and for new ones. */
  be(fault: Fault): void;
  /** How often a fault came into force; one that delays counts each piece. */
  fired(): number;
  close(): Promise<void>;
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** `rewrite` may change what the server sends. */
export async function faultProxy(
  target: { readonly port: number },
  rewrite = (piece: Buffer): Buffer => piece,
): Promise<FaultProxy> {
  let fault: Fault = { kind: 'none' };
  let since = 0;
  let fired = 0;
  const open = new Set<Socket>();

  /** What is left of a piece, and `false` when it was the last. */
  async function pass(client: Socket, server: Socket): Promise<void> {
    let bytes = 0;
    let counted = since;
    for await (const piece of server as AsyncIterable<Buffer>) {
      if (counted !== since) [bytes, counted] = [0, since];
      bytes += piece.length;
      if ('afterBytes' in fault && bytes > fault.afterBytes) {
        const rest = piece.subarray(0, Math.max(0, piece.length - (bytes - fault.afterBytes)));
        fired += 1;
        if (rest.length > 0) client.write(rest);
        if (fault.kind === 'reset') client.resetAndDestroy();
        if (fault.kind === 'cut') client.end();
        if (fault.kind === 'silence') {
          client.pause().removeAllListeners('data');
          // It goes on sending into nothing.
          server.removeAllListeners('close').resume();
          await once(server, 'close');
        }
        return;
      }
      if (fault.kind === 'latency') await sleep(fault.ms);
      if (fault.kind === 'throttled') await sleep((piece.length * 1_000) / fault.bytesPerSecond);
      if (fault.kind === 'latency' || fault.kind === 'throttled') fired += 1;
      if (!client.write(rewrite(piece))) await Promise.race([once(client, 'drain'), once(client, 'close')]);
    }
    client.end();
  }

  const listening = createServer((client) => {
    const server = connect({ port: target.port, host: '127.0.0.1' });
    for (const socket of [client, server]) {
      open.add(socket);
      socket.on('error', () => undefined).once('close', () => open.delete(socket));
    }
    client.on('data', (piece) => server.write(piece));
    client.once('close', () => server.destroy());
    void pass(client, server)
      .catch(() => undefined)
      .finally(() => {
        if (fault.kind === 'silence') return;
        server.destroy();
        if (!client.writableEnded) client.destroy();
      });
  });
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  return {
    port: (listening.address() as { port: number }).port,
    be: (next) => {
      fault = next;
      since += 1;
    },
    fired: () => fired,
    close: async () => {
      listening.close();
      for (const socket of open) socket.destroy();
      await once(listening, 'close');
    },
  };
}

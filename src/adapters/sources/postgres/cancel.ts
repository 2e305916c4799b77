/** Asks a server to stop what one of its sessions does, over a connection of its own, as the protocol wants it. */
import { connect, type Socket } from 'node:net';
import { connect as secure } from 'node:tls';
import { once } from 'node:events';
import type { Address } from './address';

const SSL_REQUEST = 80_877_103;
const CANCEL_REQUEST = 80_877_102;
const LIMIT_MS = 2_000;

export function socketOf({ host, port }: Address): { path: string } | { host: string; port: number } {
  return host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
}

const message = (...numbers: number[]) => {
  const bytes = Buffer.alloc(4 + 4 * numbers.length);
  bytes.writeInt32BE(bytes.length, 0);
  numbers.forEach((number, index) => bytes.writeInt32BE(number, 4 + 4 * index));
  return bytes;
};

async function ask(socket: Socket, address: Address, encrypted: boolean, pid: number, key: number): Promise<void> {
  await once(socket, 'connect');
  if (!encrypted || address.ssl === false) {
    socket.end(message(CANCEL_REQUEST, pid, key));
    await once(socket, 'close');
    return;
  }
  socket.write(message(SSL_REQUEST));
  await once(socket, 'data');
  const covered = secure({ ...address.ssl, socket, host: address.host });
  await once(covered, 'secureConnect');
  covered.end(message(CANCEL_REQUEST, pid, key));
  await once(covered, 'close');
}

/** Resolves when the server has taken it, or when there is nobody to ask. */
export async function cancel(address: Address, encrypted: boolean, pid: number, key: number): Promise<void> {
  const socket = connect({ ...socketOf(address), timeout: LIMIT_MS });
  const limit = setTimeout(() => socket.destroy(new Error('no answer')), LIMIT_MS);
  try {
    await ask(socket, address, encrypted, pid, key);
  } catch {
    // A server that is gone has nothing to stop.
  } finally {
    clearTimeout(limit);
    socket.destroy();
  }
}

/** Connecting to Temporal, with an error that says what to do. */
import { Client, Connection } from '@temporalio/client';
import type { Config } from '../config';
import { DaybreakError } from '../domain/failure';

/** A server that cannot be reached; the CLI ends with exit code 4. */
export class UnreachableError extends DaybreakError {
  constructor(address: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    super(
      'Transient',
      {
        where: address,
        what: `the Temporal server cannot be reached (${why})`,
        expected: 'a server at TEMPORAL_ADDRESS, or at the default address when none is set',
        next: 'start it or correct TEMPORAL_ADDRESS; without an address `daybreak dev` starts a server here',
      },
      { cause },
    );
  }
}

export async function connectClient(config: Config): Promise<Client> {
  const { address, namespace, connection: options } = config.temporal;
  const connection = await Connection.connect({ ...options, connectTimeout: '5s' }).catch((error: unknown) => {
    throw new UnreachableError(address, error);
  });
  return new Client({ connection, namespace });
}

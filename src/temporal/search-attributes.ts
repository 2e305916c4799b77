/** Registering our search attributes, where rights allow; without them runs do as well, only listing is poorer. */
import { type Client, Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../domain/search-attributes';

const KEYWORD = 2;
const NAMES = Object.values(SEARCH_ATTRIBUTES);

/** Those that the namespace does not know. */
export async function missingSearchAttributes(connection: Connection, namespace: string): Promise<string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return NAMES.filter((name) => customAttributes?.[name] === undefined);
}

/** Whether the namespace knows them now. */
export async function ensureSearchAttributes(client: Client): Promise<boolean> {
  const { connection } = client;
  if (!(connection instanceof Connection)) return false;
  const { namespace } = client.options;
  try {
    const wanted = await missingSearchAttributes(connection, namespace);
    if (wanted.length === 0) return true;
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(wanted.map((name) => [name, KEYWORD])),
    });
    return (await missingSearchAttributes(connection, namespace)).length === 0;
  } catch {
    return false;
  }
}

/** The run that nothing happens to, and others that must end as it does. */
import type { RunRequest } from '../../src/domain/run';
import { editionHash } from './content';
import { steps } from './history';
import type { TestServer } from './server';
import { type Site, withSite } from './site';

export interface Calm {
  /** Of the edition, by table. */
  readonly hash: Record<string, string>;
  readonly parts: number;
  readonly lanes: number;
  readonly models: number;
}

export async function calmRun(server: TestServer, request: RunRequest): Promise<Calm> {
  return await withSite(server, async (site) => {
    await site.worker();
    const result = await site.run(request);
    const left = await site.leftBehind();
    if (result.outcome !== 'published' || result.resumed.parts > 0 || left.length > 0)
      throw new Error(`the calm run is not calm: ${JSON.stringify({ ...result, left }, null, 2)}`);
    return {
      hash: await editionHash(result.tables),
      parts: result.sources.reduce((sum, source) => sum + source.parts, 0),
      lanes: (await steps(server.client, result)).filter(({ type }) => type.startsWith('extract_')).length,
      models: result.models.length,
    };
  });
}

/** A run that ended as if nothing had happened, with every part committed once. */
export async function expectCalm(
  site: Site,
  run: { readonly workflowId: string; readonly runId: string },
  calm: Calm,
): Promise<void> {
  const result = await site.client.result(run);
  expect(result).toMatchObject({
    outcome: 'published',
    live: result.edition,
    previousEdition: null,
    resumed: { lost: 0, duplicated: 0 },
  });
  expect(await editionHash(result.tables)).toEqual(calm.hash);
  expect((await site.receipts()).filter(({ part }) => part !== undefined)).toHaveLength(calm.parts);
}

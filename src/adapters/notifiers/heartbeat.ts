/** Calls a dead man's switch: who is not called any more, rings. */
import { post, TIMEOUT_MS } from './http';
import { channelSecrets, type Environment } from './secrets';

/** `reference` is `${env:NAME}` of the URL. Fails as a channel does; no error holds the address. */
export async function callUrl(reference: string, environment: Environment, signal: AbortSignal): Promise<void> {
  const secrets = channelSecrets('heartbeat_url', environment);
  const secret = secrets.read(reference, 'the URL of a dead man’s switch');
  const request = { url: secrets.address(secret), variable: secret.variable, body: '', timeoutMs: TIMEOUT_MS, signal };
  await post(request, secrets);
}

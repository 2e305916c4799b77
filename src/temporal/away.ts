/** Whether Temporal's server is there. By an error's shape, so that nothing has to be loaded to know it. */

/** DEADLINE_EXCEEDED and UNAVAILABLE: gRPC's codes for a server that does not answer. */
const AWAY = [4, 14];

/** Whether a call failed because the server is not there, or not any more. */
export function isAway(error: unknown): boolean {
  const { name, cause } = (error ?? {}) as { name?: string; cause?: { code?: number } };
  return name === 'ServiceError' && AWAY.includes(cause?.code ?? 0);
}

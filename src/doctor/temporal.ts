/** Temporal: its command line, its server, and who works for it. */
import { type Client, Connection } from '@temporalio/client';
import type { Config } from '../config';
import { accepts, DEFAULT_PORT, DEFAULT_UI_PORT, isFree, reachable } from '../dev/dev-server';
import { presentTemporal } from '../dev/temporal-binary';
import { aheadOfUs } from '../temporal/clock';
import { connectClient } from '../temporal/connection';
import { livePollers } from '../temporal/pollers';
import { openRuns } from '../temporal/runs';
import { missingSearchAttributes } from '../temporal/search-attributes';
import { bad, type Finding, good, messageOf, warn } from './finding';
import { checkWatches } from './watch';

const CLOCK_WARN_MS = 5_000;
const CLOCK_BAD_MS = 60_000;
const CONNECT_MS = 5_000;
const ASK_MS = 10_000;

/** The `temporal` that commands would start a server with. */
export async function checkCli({ cache, environment, temporal }: Config): Promise<Finding[]> {
  const check = 'temporal cli';
  const { found, passedOver } = await presentTemporal({ cacheDir: cache, env: { ...environment } });
  const findings = passedOver.map((what) =>
    warn(check, `${what}, so it is passed over`, 'update or remove it: https://docs.temporal.io/cli#install'),
  );
  if (found !== undefined) return [...findings, good(check, `${found.path}: ${found.version}`)];
  if (temporal.configured) return [...findings, good(check, 'none, and none is needed: TEMPORAL_ADDRESS is set')];
  const says = `none on the PATH or in ${cache}; the first command that needs a server gets one, which may take minutes`;
  return [...findings, warn(check, says, 'install it: brew install temporal, or https://docs.temporal.io/cli#install')];
}

/** Where no address is configured: whether a dev server is there, or could be. */
export async function checkPorts(port = DEFAULT_PORT, uiPort = DEFAULT_UI_PORT): Promise<Finding[]> {
  const findings: Finding[] = [];
  if (!(await isFree(port))) {
    const next = `stop that program (find it with: lsof -i :${port}), or set TEMPORAL_ADDRESS to a server elsewhere`;
    findings.push(bad('ports', `${port}, for Temporal's frontend, is in use by another program`, next));
  }
  if (!(await isFree(uiPort))) {
    const next = `nothing, or free it (find who has it with: lsof -i :${uiPort})`;
    findings.push(warn('ports', `${uiPort}, for the Web UI, is in use; a dev server takes another one`, next));
  }
  return findings.length > 0 ? findings : [good('ports', `${port} and ${uiPort} are free for a dev server`)];
}

async function checkNamespace(client: Client, namespace: string): Promise<Finding> {
  try {
    await client.workflowService.describeNamespace({ namespace });
    return good('namespace', namespace);
  } catch (error) {
    const { details = messageOf(error) } = error as { details?: string };
    const next = `create it with \`temporal operator namespace create ${namespace}\`, or correct TEMPORAL_NAMESPACE`;
    return bad('namespace', `${namespace}: ${details}`, next);
  }
}

async function checkAttributes(client: Client, namespace: string): Promise<Finding> {
  const check = 'search attributes';
  try {
    if (!(client.connection instanceof Connection)) throw new Error('not a connection of its own');
    const missing = await missingSearchAttributes(client.connection, namespace);
    if (missing.length === 0) return good(check, 'all are registered');
    return warn(
      check,
      `not registered: ${missing.join(', ')}; runs do without, lists say less`,
      `start a worker that may register them, or: temporal operator search-attribute create --type Keyword ${missing.map((name) => `--name ${name}`).join(' ')}`,
    );
  } catch (error) {
    return warn(check, `they cannot be listed: ${messageOf(error)}`, 'nothing: runs do without, lists say less');
  }
}

async function checkServerClock(client: Client, now: () => number): Promise<Finding> {
  const check = 'clock of the server';
  const ahead = await aheadOfUs(client, now);
  if (ahead === null) return warn(check, 'the server does not tell its time', 'nothing, where its machine has NTP');
  const seconds = (Math.abs(ahead) / 1000).toFixed(1);
  const says = `${seconds} s ${ahead < 0 ? 'behind' : 'ahead of'} this machine's`;
  const next = 'set both clocks, best by NTP: days are those of the server, files and releases those of the worker';
  if (Math.abs(ahead) >= CLOCK_BAD_MS) return bad(check, says, next);
  return Math.abs(ahead) >= CLOCK_WARN_MS ? warn(check, says, next) : good(check, says);
}

async function checkWorkers(client: Client, { taskQueue, temporal }: Config, storeId: string): Promise<Finding> {
  const pollers = await livePollers(client, taskQueue);
  const foreign = pollers.find(({ store }) => store !== storeId);
  if (foreign !== undefined) {
    return bad(
      'workers',
      `a worker of another store polls ${taskQueue}: ${foreign.identity}; this one's id is ${storeId || 'not made yet'}`,
      'stop it, use its DAYBREAK_HOME, or set another DAYBREAK_TASK_QUEUE',
    );
  }
  if (pollers.length > 0) return good('workers', `${pollers.length} at ${taskQueue}: ${pollers[0]?.identity}`);
  const says = `none at ${taskQueue}`;
  const waiting = await openRuns(client, taskQueue);
  if (waiting > 0) {
    const runs = waiting === 1 ? 'a run waits' : `${waiting} runs wait`;
    return bad('workers', `${says}, and ${runs} for one`, 'start one with `daybreak worker`');
  }
  return temporal.configured
    ? warn('workers', `${says}: runs wait until there is one`, 'start one with `daybreak worker`')
    : good('workers', `${says}; \`run\`, \`demo\` and \`dev\` start one`);
}

/** The server, and what of it runs and their watches need. `watched` are pipelines that are known to want a watch. */
export async function checkServer(
  config: Config,
  storeId: string,
  now: () => number = Date.now,
  watched: readonly string[] = [],
): Promise<Finding[]> {
  const check = 'temporal server';
  const { address, configured, namespace } = config.temporal;
  if (!configured && !(await reachable(address)))
    return [good(check, `none at ${address}; \`demo\`, \`dev\` and \`run\` start one`), ...(await checkPorts())];
  const next = 'start it or correct TEMPORAL_ADDRESS; without an address `daybreak dev` starts one here';
  if (!(await accepts(address, CONNECT_MS))) return [bad(check, `nothing answers at ${address}`, next)];
  let client: Client;
  try {
    client = await connectClient(config);
  } catch (error) {
    return [bad(check, messageOf(error), next)];
  }
  try {
    return await client.withDeadline(Date.now() + ASK_MS, async () => {
      const { serverVersion } = await client.workflowService.getSystemInfo({});
      const server = good(check, `${address}, version ${serverVersion}`);
      const known = await checkNamespace(client, namespace);
      if (known.state === 'bad') return [server, known];
      return [
        server,
        known,
        await checkAttributes(client, namespace),
        await checkServerClock(client, now),
        await checkWorkers(client, config, storeId),
        ...(await checkWatches(client, config.taskQueue, watched)),
      ];
    });
  } catch (error) {
    return [bad(check, `${address}: ${messageOf(error)}`, 'see what the server logs; then look again')];
  } finally {
    await client.connection.close();
  }
}

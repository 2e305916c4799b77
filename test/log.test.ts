/** What a line of a worker's log says of where it comes from. */
import { Writable } from 'node:stream';
import { Context } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import { temporalLogger } from '../src/log';

const INFO = {
  activityType: 'extract_orders',
  attempt: 2,
  workflowExecution: { workflowId: 'tonight', runId: 'b1946ac9' },
};

async function lines(work: () => Promise<void>): Promise<Record<string, unknown>[]> {
  let text = '';
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      text += chunk.toString();
      done();
    },
  });
  const logger = temporalLogger(pino({ level: 'debug' }, sink));
  await new MockActivityEnvironment(INFO, { logger }).run(work).catch(() => undefined);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const WHERE = { workflowId: 'tonight', runId: 'b1946ac9', step: 'extract_orders', attempt: 2 };

test('a line of a step has its run, the step and the attempt, and what it was told', async () => {
  const all = await lines(async () => Context.current().log.warn('waiting', { heldBy: 'orders 7' }));
  expect(all).toContainEqual(expect.objectContaining({ level: 40, msg: 'waiting', heldBy: 'orders 7', ...WHERE }));
  for (const line of all) {
    expect(line).toMatchObject(WHERE);
    for (const name of ['taskToken', 'activityType', 'workflowRunId']) expect(line).not.toHaveProperty(name);
  }
});

test('so has the line of an attempt that failed, with the error', async () => {
  const all = await lines(async () => await Promise.reject(new Error('the source is gone')));
  expect(all.at(-1)).toMatchObject({ level: 40, ...WHERE, err: { message: 'the source is gone' } });
});

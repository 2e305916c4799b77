/** `daybreak demo --night`: three nights in two minutes, with the messages as they would arrive. */
import { rm } from 'node:fs/promises';
import { relative } from 'node:path';
import { firstLine } from '../../domain/failure';
import { stops } from '../../domain/verdict';
import type { RunResult } from '../../domain/run';
import type { Context } from '../options';
import { printable, textTable } from '../output';
import { EXIT, resultText } from '../render/result';
import { followRun } from '../run';
import { keepWorker, openSession, type Session } from '../session';
import { type Messages, openMessages } from './messages';
import { MONDAY, type Night, pipelineOf, TUESDAY, WEDNESDAY } from './night-pipelines';
import { DIES, ownConfig } from './own';

const MINUTE = 60_000;
/** What the first night has until its morning's digest; the second has half of it at the least. */
const BEFORE_DIGEST_MS = 45_000;

/** Why a run did not publish, in its own words. */
const whyText = ({ failure, checks }: RunResult): string[] => [
  ...(failure === undefined ? [] : [firstLine(failure.message)]),
  ...checks
    .filter(stops)
    .map(({ subject, name, observed, expected }) => `${subject}: ${name}: ${observed}; expected ${expected}`),
];

/** One run; its steps are for `status` and the Web UI, here it is about who hears what. */
async function run(session: Session, context: Context, pipeline: string): Promise<RunResult> {
  const { output } = context;
  const { paint } = output;
  const started = await session.client.start({ pipeline });
  output.say(`${paint.bold(started.workflowId)}  ${paint.dim(session.link(started) ?? '')}`);
  const result = await followRun(session, started, { ...context, output: { ...output, live: false, say: () => {} } });
  const [first = ''] = resultText(result, output).split('\n');
  output.say(
    [
      first,
      ...whyText(result)
        .slice(0, 2)
        .map((line) => `  ${printable(line)}`),
    ].join('\n'),
  );
  return result;
}

/** The nights one after the other. Gives what did not go as it is told here; nothing is expected. */
async function play(session: Session, context: Context, messages: Messages, home: string): Promise<string[]> {
  const { output } = context;
  const { paint } = output;
  const started = Date.now();
  /** The first full minute after so long; a digest has no seconds. */
  const minuteAfter = (ms: number) => new Date(Math.ceil((Date.now() + ms) / MINUTE) * MINUTE);
  const made = async (night: Night, digestAt: Date) => await pipelineOf(night, home, new Date(), digestAt);
  const monday = await made(MONDAY, minuteAfter(BEFORE_DIGEST_MS));
  const of = (name: string) => messages.arrived.filter(({ message }) => message.pipeline === name);
  const wrong: string[] = [];
  const expect = (good: boolean, what: string) => {
    if (!good) wrong.push(what);
  };

  output.say(`\n${paint.bold('a night that heals')}: kill -9 ends the worker in the middle of the extraction`);
  const healed = await run(session, context, monday.folder);
  expect(healed.outcome === 'published', 'the first night is published');

  output.say(
    `\n${paint.bold('a night that waits for the morning')}: some orders were delivered twice; it is the middle of the night, and the data are needed at half past seven`,
  );
  const digestAt = minuteAfter(BEFORE_DIGEST_MS - Math.min(Date.now() - started, BEFORE_DIGEST_MS / 2));
  const tuesday = await made(TUESDAY, digestAt);
  const blocked = await run(session, context, tuesday.folder);
  expect(blocked.outcome === 'blocked', 'a gate stops the second night');
  output.say(
    paint.dim('nobody is woken: there is time for a repair in the morning, and readers keep the edition they have'),
  );
  expect(messages.arrived.length === 0, 'nobody hears of the first two nights before the morning');
  output.say(
    paint.dim(`the morning’s digest comes in ${Math.max(0, Math.round((digestAt.getTime() - Date.now()) / 1000))} s …`),
  );
  await messages.wait(
    'the digest of Monday',
    ({ message }) => message.kind === 'digest' && message.pipeline === MONDAY.name,
  );
  await messages.wait(
    'the digest of Tuesday',
    ({ message }) => message.kind === 'digest' && message.pipeline === TUESDAY.name,
  );
  output.say(paint.dim('in the morning somebody asks for the orders once more, and starts a run'));
  await tuesday.mend();
  expect(
    (await run(session, context, tuesday.folder)).outcome === 'published',
    'the second night is published in the morning',
  );

  output.say(
    `\n${paint.bold('a night that rings')}: a column of the orders has another name, 35 minutes before the data are needed`,
  );
  const wednesday = await made(WEDNESDAY, minuteAfter(BEFORE_DIGEST_MS));
  await run(session, context, wednesday.folder);
  const rung = await messages.wait(
    'the ring',
    ({ channel, message }) => channel === 'ring' && message.pipeline === WEDNESDAY.name,
  );
  await session.client.incidents.ack(rung.message.thread, { why: 'asking for the file once more', who: 'sarah' });
  output.say(paint.dim('sarah gets up, acknowledges, and has the orders delivered as they are declared'));
  await wednesday.mend();
  expect(
    (await run(session, context, wednesday.folder)).outcome === 'published',
    'the third night is published in time',
  );
  await messages.wait(
    'that it is over',
    ({ message }) => message.event === 'resolved' && message.pipeline === WEDNESDAY.name,
  );

  const rings = messages.arrived.filter(({ channel, message }) => channel === 'ring' && message.event === 'opened');
  expect(rings.length === 1, 'the phone rings once');
  expect(
    of(MONDAY.name).every(({ message }) => message.kind === 'digest'),
    'the first night is only read about',
  );
  output.say(
    `\n${paint.bold('three nights')}: the phone rang ${rings.length === 1 ? 'once' : `${rings.length} times`}; three mornings had their data`,
  );
  return wrong;
}

/** Everything that is started is stopped; editions, runs and incidents stay. */
export async function demoNight(context: Context): Promise<number> {
  const { output } = context;
  const { paint } = output;
  const messages = await openMessages(output);
  try {
    // A watch that looks every second.
    const config = ownConfig(context.config, 'demo-night', {
      DAYBREAK_WATCH_EVERY: '1s',
      DAYBREAK_FAILPOINT: DIES,
      DAYBREAK_DEMO_RING: messages.url('ring'),
      DAYBREAK_DEMO_TEAM: messages.url('team'),
    });
    await rm(config.home, { recursive: true, force: true });
    const own = { ...context, config };
    const session = await openSession(config, output, { worker: 'none' });
    try {
      const worker = await keepWorker(config, session.address, output);
      try {
        const wrong = await play(session, own, messages, config.home);
        const here = relative(process.cwd(), config.home);
        const at = `DAYBREAK_TASK_QUEUE=${config.taskQueue} DAYBREAK_HOME=${here.startsWith('..') ? config.home : here}`;
        output.say(`\n${paint.bold('what to try next')}`);
        output.say(
          textTable(
            ['', ''],
            [
              [`  ${at} npx daybreak incidents --all`, 'what went wrong, and how it ended'],
              ['  npx daybreak schedule apply', 'every night, as declared'],
              ['  npx daybreak alerts test', 'whether your channels work'],
            ],
          ),
        );
        if (output.json) output.data(JSON.stringify({ messages: messages.arrived, wrong }, null, 2));
        for (const what of wrong) output.say(paint.red(`not as expected: ${what}`));
        return wrong.length === 0 ? EXIT.ok : EXIT.failed;
      } finally {
        await worker.stop();
      }
    } finally {
      await session.close();
    }
  } finally {
    await messages.close();
  }
}

/** Starts the plain script in a process of its own. */
import { fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';

export interface ScriptJob {
  /** A plan of the product, as JSON: the same sources, models, variables and checks. */
  readonly plan: string;
  /** Folder of the tables. */
  readonly target: string;
  readonly threads?: number;
  /** Where sources are tables of. */
  readonly database?: string;
}

export interface ScriptRun {
  readonly wall: number;
  /** CPU seconds of the process since it opened the database; the start of Node is not the script's fault. */
  readonly cpu: number;
  /** Megabytes. */
  readonly peak: number;
  readonly verbs: readonly { readonly name: string; readonly wall: number; readonly cpu: number }[];
}

/** Gives what a program answers to its job. */
export async function inProcess<Run>(program: string, job: object): Promise<Run> {
  const child = fork(program, [], { execArgv: ['--import', 'tsx'] });
  return await new Promise<Run>((resolve, reject) => {
    child.once('message', (answer: { run?: Run; error?: string }) => {
      if (answer.run === undefined) reject(new Error(`the script failed: ${answer.error}`));
      else resolve(answer.run);
    });
    child.once('exit', (code, signal) => reject(new Error(`the script ended with ${signal ?? code}`)));
    child.send(job);
  });
}

export async function runScript(job: ScriptJob): Promise<ScriptRun> {
  rmSync(job.target, { recursive: true, force: true });
  return await inProcess<ScriptRun>(join(__dirname, 'script-process.ts'), job);
}

/** Named places where tests make a process die, stop or fail. Inert unless armed by configuration. */
import { appendFileSync, existsSync } from 'node:fs';
import { DaybreakError } from '../domain/failure';

export type Failpoint =
  | 'part.written'
  | 'part.committed'
  | 'model.written'
  | 'model.committed'
  | 'check.measured'
  | 'publish.beforeSwap'
  | 'publish.afterSwap'
  | 'ledger.linked';

interface Armed {
  readonly name: string;
  readonly action: 'kill' | 'stop' | 'error' | 'term';
  /** The visit that fires it. */
  readonly visit: number;
  /** Written when it fires; while it is there, the failpoint is spent, also for the next process. */
  readonly mark: string;
}

let armed: Armed | undefined;
let visits = 0;

/** Arms one failpoint: `publish.afterSwap:kill@2` fires at its second visit. */
export function armFailpoint(spec: string, mark: string): void {
  const [, name = '', action = '', visit = '1'] = /^([\w.]+):(kill|stop|error|term)(?:@(\d+))?$/.exec(spec) ?? [];
  if (name === '')
    throw new DaybreakError('BadRequest', {
      what: `the failpoint ${spec} is not understood`,
      expected: 'name:kill|stop|error|term@visit',
    });
  armed = { name, action: action as Armed['action'], visit: Number(visit), mark };
  visits = 0;
}

/** Fires when armed for this place. */
export function failpoint(name: Failpoint): void {
  if (armed?.name !== name || existsSync(armed.mark)) return;
  visits += 1;
  if (visits < armed.visit) return;
  appendFileSync(armed.mark, `${name} ${armed.action} ${process.pid}\n`);
  switch (armed.action) {
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      return;
    case 'stop':
      process.kill(process.pid, 'SIGSTOP');
      return;
    case 'term':
      process.kill(process.pid, 'SIGTERM');
      return;
    case 'error':
      throw new DaybreakError('Transient', { what: `failpoint ${name}` });
  }
}

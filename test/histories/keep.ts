/** Writes a history down, without what is nobody's business. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporal } from '@temporalio/proto';
import { type History, payloads } from '../support/history';

/** Machines' names, folders and process ids are nobody's business, and change nothing. */
function scrub(node: unknown, texts: readonly (readonly [string, string])[]): void {
  for (const payload of payloads(node)) {
    let text = Buffer.from(payload.data ?? []).toString();
    for (const [from, to] of texts) text = text.replaceAll(from, to);
    payload.data = Buffer.from(text);
  }
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
    const record = value as Record<string, unknown>;
    for (const [key, inner] of Object.entries(record)) {
      if (key === 'identity') record[key] = 'worker';
      else if (key === 'stackTrace') record[key] = '';
      else if (typeof inner === 'string') {
        let text = inner;
        for (const [from, to] of texts) text = text.replaceAll(from, to);
        // A sticky queue is named after process and machine.
        record[key] = text.replace(/\/\d+@[\w.-]+$/, '/1@worker');
      } else walk(inner);
    }
  };
  walk(node);
}

/** As `<name>.json`, with texts that differ from machine to machine replaced. */
export function keep(name: string, history: History, texts: readonly (readonly [string, string])[]): void {
  scrub(history, texts);
  const json = temporal.api.history.v1.History.fromObject(history).toJSON();
  writeFileSync(join(__dirname, `${name}.json`), `${JSON.stringify(json, null, 1)}\n`);
}

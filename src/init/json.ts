/** Profiles JSON files, one object a line or one array of objects: keys and kinds of values from every record. */
import { isUtf8 } from 'node:buffer';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { compressionOf } from '../adapters/sources/bytes';
import { MAX_RECORD } from '../adapters/sources/csv/dialect';
import { textHead } from '../adapters/sources/head';
import { arrayCutter, lineCutter } from '../adapters/sources/json/cutter';
import { eachMember, textOf } from '../adapters/sources/json/members';
import { lineOf } from '../adapters/sources/json/record';
import { plainNumber } from '../adapters/sources/json/values';
import { csvReader } from '../adapters/sources/text';
import { textBytes } from '../adapters/sources/text/range';
import { pushInPieces } from '../adapters/sources/text/records';
import { fieldsLine, lineWriter } from '../adapters/sources/text/slice';
import { fileSourceSchema } from '../domain/definition';
import { unusable } from './csv-sniff';
import type { Bench, ColumnDraft, FileGroup, Profiler, SourceDraft } from './draft';
import { isSlip } from './nearly';
import { readAll, tolerating } from './read-all';
import { textColumns, type TextColumn } from './text-profile';

const MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const HEAD = 1 << 16;
const writingOf = (file: string) => ({ compression: compressionOf(file, undefined), encoding: 'utf-8' });

type Kind = 'number' | 'text' | 'boolean' | 'nested';
const kindOf = (token: string): Kind | undefined => {
  switch (token[0]) {
    case 'n':
      return undefined;
    case 't':
    case 'f':
      return 'boolean';
    case '"':
      return 'text';
    case '{':
    case '[':
      return 'nested';
    default:
      return 'number';
  }
};

const valueText = (token: string): string | null => {
  const kind = kindOf(token);
  if (kind === 'text') return textOf(token);
  if (kind === 'number') return plainNumber(token);
  return kind === undefined ? null : token;
};

type Members = readonly (readonly [key: string, token: string])[];

/** The members of a record; undefined where it is none. */
function membersOf(record: Buffer, length: number, isLine: boolean): Members | undefined {
  if (length > MAX_RECORD || !isUtf8(record)) return undefined;
  if (isLine && !('row' in lineOf(record))) return undefined;
  const members: [string, string][] = [];
  eachMember(record.toString('utf8'), (key, token) => members.push([key, token]));
  return members;
}

/** Calls `each` with every record of the group's files; what is wrong with a file as a whole is told when it is read. */
async function eachRecord(group: FileGroup, each: (members: Members | undefined) => void, pause: () => Promise<void>) {
  for (const file of group.files) {
    const isLine = group.type === 'ndjson';
    const onRecord = (bytes: Buffer, from: number, to: number, _start: number, length: number) =>
      each(membersOf(bytes.subarray(from, to), length, isLine));
    const nothing = () => undefined;
    const records = isLine ? lineCutter(onRecord) : arrayCutter(onRecord, { malformed: nothing, other: nothing });
    const { size } = await stat(file);
    let first = true;
    for await (const chunk of textBytes(file, writingOf(file), size, file)) {
      const text = first && chunk.subarray(0, 3).equals(MARK) ? chunk.subarray(3) : chunk;
      first = false;
      await pushInPieces(records, text, pause);
    }
    records.end();
  }
}

/** Names that a column may have. */
function checkNames(names: readonly string[], where: string): void {
  const lower = new Map<string, string>();
  for (const name of names) {
    const other = lower.get(name.toLowerCase());
    lower.set(name.toLowerCase(), name);
    const problem =
      other !== undefined
        ? `the keys ${JSON.stringify(other)} and ${JSON.stringify(name)}, which SQL cannot tell apart`
        : name === '' || name.length > 128
          ? `a key of ${name.length} characters`
          : undefined;
    if (problem !== undefined) throw unusable(where, `its objects have ${problem}`, 'deliver them with other keys');
  }
  if (names.length === 0)
    throw unusable(where, 'its objects have no keys, or there are none', 'give a file with records');
}

/** The kind that nearly all values are of where there are several; values of the others are set aside. */
function mainKind(kinds: ReadonlyMap<Kind, number>): { kind: Kind; odd: number } | undefined {
  if (kinds.size < 2) return undefined;
  const values = [...kinds.values()].reduce((sum, count) => sum + count, 0);
  const [[kind, count] = ['text' as Kind, 0]] = [...kinds].sort((a, b) => b[1] - a[1]);
  return isSlip(values - count, values) ? { kind, odd: values - count } : undefined;
}

/** JSON knows more of a value than its text: a number is no VARCHAR, a text no BOOLEAN. */
function jsonColumn({ draft, measured }: TextColumn, kinds: ReadonlySet<Kind>, where: string): ColumnDraft {
  const { name } = draft;
  const [kind, second] = [...kinds];
  if (kinds.has('nested') && !kinds.has('number') && !kinds.has('boolean'))
    return { name, declared: 'VARCHAR', guess: 'objects or arrays, as their own text' };
  if (kind === 'boolean' && second === undefined) return { name, declared: 'BOOLEAN' };
  const numbers = /^(BIGINT|DECIMAL|DOUBLE)/.test(draft.declared);
  if (kind === 'text' && second === undefined)
    return draft.declared === 'BOOLEAN' ? { name, declared: 'VARCHAR' } : draft;
  if (kind === undefined || numbers) return draft;
  if (kind === 'number' && second === undefined) {
    const declared = measured.decimals > 0 ? 'DOUBLE' : measured.digits <= 18 ? 'BIGINT' : 'DECIMAL(38,0)';
    return { name, declared };
  }
  throw unusable(
    where,
    `${JSON.stringify(name)} is ${[...kinds].join(' here and ')} there, and no type takes both`,
    'deliver one kind of value',
  );
}

async function columns(group: FileGroup, bench: Bench): Promise<SourceDraft> {
  const counted = new Map<string, Map<Kind, number>>();
  let [rows, bad] = [0, 0];
  const note = (members: Members | undefined) => {
    if (members === undefined) {
      bad += 1;
      return;
    }
    rows += 1;
    for (const [key, token] of members) {
      const known = counted.get(key) ?? new Map<Kind, number>();
      const kind = kindOf(token);
      if (kind !== undefined) known.set(kind, (known.get(kind) ?? 0) + 1);
      counted.set(key, known);
    }
  };
  await eachRecord(group, note, async () => undefined);
  const names = [...counted.keys()];
  checkNames(names, group.pattern);
  const main = new Map([...counted].map(([name, kinds]) => [name, mainKind(kinds)]));
  const textIn = (name: string, token: string) => {
    const only = main.get(name)?.kind;
    return only === undefined || kindOf(token) === only ? valueText(token) : null;
  };
  const path = join(bench.scratch, `${group.name}-text.csv`);
  const texts = names.map((name) => ({ name, type: 'VARCHAR' }));
  const lines = await lineWriter(path);
  const write = (members: Members | undefined) => {
    if (members === undefined) return;
    const values = new Map(members);
    lines.add(
      fieldsLine(
        names.map((name) => textIn(name, values.get(name) ?? 'null')),
        texts,
      ),
    );
  };
  try {
    await eachRecord(group, write, async () => await lines.flush());
  } finally {
    await lines.close();
  }
  const table = csvReader(
    path,
    texts,
    `delim=',', quote='"', escape='"', new_line='\\n', max_line_size=${4 * MAX_RECORD}, parallel=false`,
  );
  const found = await textColumns(names, rows === 0 ? undefined : table, bench);
  const drafts = found.map((column) => {
    const { name } = column.draft;
    const [only, kinds] = [main.get(name), counted.get(name) ?? new Map<Kind, number>()];
    if (only === undefined) return jsonColumn(column, new Set(kinds.keys()), group.pattern);
    const draft = jsonColumn(column, new Set([only.kind]), group.pattern);
    return { ...draft, odd: (draft.odd ?? 0) + only.odd };
  });
  const draft = { ...group, columns: names, drafts };
  if (bad === 0) return draft;
  const declared = Object.fromEntries(drafts.map((column) => [column.name, column.declared]));
  const definition = fileSourceSchema.parse({ type: group.type, path: group.pattern, columns: declared });
  return tolerating(draft, await readAll(`${group.name}-kinds`, { name: group.name, definition }, '/', bench));
}

export const jsonProfiler: Profiler = {
  matches: (name) => /\.(ndjson|jsonl|json)(\.(gz|zst))?$/i.test(name),

  async look(file) {
    const { text } = await textHead(file, writingOf(file), file, HEAD);
    const first = text.toString('utf8').replace('\ufeff', '').trimStart()[0];
    if (first === undefined)
      throw unusable(
        file,
        'the file is empty, so nobody can say which keys its objects have',
        'give a file with records',
      );
    // Keys may be left out, so a file's beginning does not say which columns there are.
    return { type: first === '[' ? 'json' : 'ndjson', columns: [], settings: {}, guesses: {} };
  },

  columns,
};

/** Profiles Parquet files: names and types are in the file. */
import { fits } from '../adapters/sources/columns';
import { DaybreakError } from '../domain/failure';
import { literal } from '../domain/sql';
import { unusable } from './csv-sniff';
import { type Bench, type ColumnDraft, type FileGroup, type Profiler, tableType } from './draft';
import { textColumns } from './text-profile';

const DECLARABLE = [
  'BIGINT',
  'INTEGER',
  'SMALLINT',
  'DOUBLE',
  'FLOAT',
  'BOOLEAN',
  'VARCHAR',
  'DATE',
  'TIMESTAMP',
  'TIMESTAMPTZ',
];

/** The declared type that holds everything that this one does; undefined where there is none. */
function declaredType(type: string): string | undefined {
  const [, precision, scale] = /^DECIMAL\((\d+),\s?(\d+)\)$/.exec(type) ?? [];
  if (precision !== undefined) return `DECIMAL(${precision},${scale})`;
  // Whole numbers get the room that they will need.
  if (fits(type, 'BIGINT')) return 'BIGINT';
  return DECLARABLE.find((declared) => fits(type, declared));
}

async function schema(file: string, { session }: Bench) {
  try {
    const { columns } = await session.query(`SELECT * FROM read_parquet(${literal(file)}) LIMIT 0`);
    return columns;
  } catch (error) {
    if (!(error instanceof DaybreakError) || error.kind !== 'ModelFailed') throw error;
    throw unusable(file, error.message.split('\n')[0] ?? '', 'give an undamaged Parquet file');
  }
}

/** The file says that they are texts, so they stay some; that they could be something else is told. */
async function textHints(group: FileGroup, columns: readonly string[], bench: Bench): Promise<Map<string, string>> {
  const files = `read_parquet([${group.files.map(literal).join(', ')}], union_by_name=true)`;
  const found = await textColumns(columns, files, bench);
  return new Map(
    found
      .map(({ draft }) => [draft.name, tableType(draft)] as const)
      .filter(([, type]) => type !== 'VARCHAR')
      .map(([name, type]) => [name, `a text in the file, though it reads as ${type}; a mapping can convert it`]),
  );
}

export const parquetProfiler: Profiler = {
  matches: (name, head) => head.subarray(0, 4).equals(Buffer.from('PAR1')) || /\.(parquet|pq)$/i.test(name),

  async look(file, bench) {
    const columns = await schema(file, bench);
    return { type: 'parquet', columns: columns.map(({ name }) => name), settings: {}, guesses: {} };
  },

  async columns(group, bench) {
    const types = new Map<string, string>();
    for (const file of group.files) {
      for (const { name, type } of await schema(file, bench)) {
        const declared = declaredType(type);
        const before = types.get(name);
        const wider = before === undefined || (declared !== undefined && fits(before, declared)) ? declared : before;
        if (wider === undefined || declared === undefined || !fits(declared, wider))
          throw unusable(
            file,
            declared === undefined
              ? `column ${JSON.stringify(name)} is ${type}, which no source can have`
              : `column ${JSON.stringify(name)} is ${type} here, and ${before} in ${group.files[0]}`,
            `write the file without the column, or with another type: ${DECLARABLE.join(', ')}, DECIMAL(p,s)`,
          );
        types.set(name, wider);
      }
    }
    const hints = await textHints(
      group,
      group.columns.filter((name) => types.get(name) === 'VARCHAR'),
      bench,
    );
    const drafts = group.columns.map((name): ColumnDraft => {
      const guess = hints.get(name);
      return { name, declared: types.get(name) ?? 'VARCHAR', ...(guess === undefined ? {} : { guess }) };
    });
    return { ...group, drafts };
  },
};

/** Tables of a database as they are declared, with guesses and what they cost as comments. */
import { aligned, comment, guessed, yamlText, yamlValue } from '../declaration';
import { fullName } from './catalog';
import type { Proposal, ProposedColumn } from './propose';

export interface Reading {
  /** `${env:NAME}` */
  readonly connection: string;
  /** How long a transaction may stay open, where the database doesn't tell us, and why it does not. */
  readonly lag?: { readonly value: string; readonly why: string };
}

/** The longest comment that goes beside a column. */
const columnLine = ({ name, declared, type, guess }: ProposedColumn): [string, string] => [
  `      ${yamlText(name)}: ${declared}`,
  guess === undefined ? comment(type) : guessed(guess),
];

const rowsText = (rows: number | null) =>
  rows === null ? 'rows: not counted by the database yet' : `about ${rows.toLocaleString('en-US')} rows`;

function cursorLines({ cursor, parent, table }: Proposal): [string, string][] {
  if (cursor !== undefined) {
    const cost = cursor.indexed ? '' : '; an index on it would spare the database reading the whole table';
    const zone = cursor.utc ? ', in UTC' : '';
    return [
      [
        `    cursor: ${yamlText(cursor.column)}`,
        guessed(`each change of a row sets it to the time of now${zone}${cost}`),
      ],
    ];
  }
  if (parent !== undefined)
    return [['    # cursor: ...', comment(`none found: changes are seen when ${parent.name} changes with them`)]];
  const all = table.rows === null ? 'all rows' : `all ${table.rows.toLocaleString('en-US')} rows`;
  return [
    [
      '    # cursor: ...',
      comment(`none found: every night reads ${all}; a NOT NULL time that each change sets would spare that`),
    ],
  ];
}

export function tableLines(proposal: Proposal, { connection, lag }: Reading): string[] {
  const { table, name, key, parent, softDelete, columns, checks } = proposal;
  const isChild = parent !== undefined;
  return [
    '',
    `  ${comment(rowsText(table.rows))}`,
    `  ${name}:`,
    '    type: postgres',
    ...aligned([
      ...(isChild ? [] : [[`    connection: ${connection}`, ''] as const]),
      [`    table: ${yamlText(fullName(table))}`, ''],
      ...(isChild
        ? [
            [
              `    parent: ${parent.name}`,
              guessed('its key begins with that of the parent: read with it, in one transaction'),
            ] as const,
          ]
        : []),
      ...(isChild && !parent.sameNames ? [[`    parent_key: ${yamlValue([...parent.columns])}`, ''] as const] : []),
      [`    key: ${yamlValue([...key])}`, ''],
      ...cursorLines(proposal),
      ...(softDelete === undefined
        ? []
        : [
            [
              `    # soft_delete: ${yamlText(softDelete)}`,
              guessed('rows in which it is set are left out, and deleted rows are not looked for'),
            ] as const,
          ]),
      ...(lag === undefined || isChild ? [] : [[`    lag: ${lag.value}`, guessed(lag.why)] as const]),
    ]),
    '    columns:',
    ...aligned(columns.map(columnLine)),
    '    checks:',
    ...checks.flatMap(({ check, guess }) => [
      ...(guess === undefined ? [] : [`      ${guessed(guess)}`]),
      `      - ${yamlValue(check)}`,
    ]),
  ];
}

/** Rows of a table that nobody chose a section for. */
import type { EditionTable } from '../domain/edition';
import { isProblem, type ReportData, type Rows } from './data';
import { printable } from './format';
import { DataTable, type FormatsOf } from './table';
import { Absence, capital, useCounted, useFormats, words } from './words';

/** Nobody said which whole numbers are ids: those of the key, or named as ids are, stay as they are. */
const asTheyAre = ({ key = [] }: EditionTable, { columns }: Rows): FormatsOf =>
  Object.fromEntries(
    columns
      .filter(({ name, type }) => /INT(EGER)?$/.test(type) && (key.includes(name) || /(^|_)(id|no)$/i.test(name)))
      .map(({ name }) => [name, 'text']),
  );

const MOST_NAMES = 3;

/** `day`, `day and shop`, `day, shop, product and so on` */
function listed(names: readonly string[]): string {
  const all = names.length > MOST_NAMES ? [...names.slice(0, MOST_NAMES), 'so on'] : names;
  return all.length < 2 ? all.join() : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}

export function SomeRows({ table, answer, order }: ReportData['tables'][number]) {
  const counted = useCounted();
  const { count } = useFormats();
  const { name, description, rows } = table;
  const shown = isProblem(answer) ? 0 : answer.rows.length;
  const by = listed(order.by.map((column) => words(printable(column))));
  return (
    <section className="section">
      <h3 className="code">{name}</h3>
      <p className="note">
        {counted(rows, 'row')}
        {shown > 1 && `, ordered by ${by}`}.{description !== undefined && ` ${capital(printable(description))}`}
      </p>
      {isProblem(answer) ? (
        <Absence>Not shown: {answer.problem}.</Absence>
      ) : shown === 0 ? (
        <Absence>It has no row.</Absence>
      ) : (
        <DataTable title={name} rows={answer} formats={asTheyAre(table, answer)} />
      )}
      {shown > 0 && rows > shown && (
        <p className="note">
          The {order.latest ? 'last' : 'first'} {counted(shown, 'row')}; {count(rows - shown)} more{' '}
          {rows - shown === 1 ? 'is' : 'are'} {order.latest ? 'before' : 'after'} {shown === 1 ? 'it' : 'them'}.
        </p>
      )}
    </section>
  );
}

/** What each published column means, in the words of its model. */
import type { EditionTable } from '../domain/edition';
import { printable } from './format';
import { Scroll } from './table';
import { capital, useCounted, Value } from './words';

export function Dictionary({ tables }: { tables: readonly EditionTable[] }) {
  const counted = useCounted();
  return tables.map(({ name, description, rows, columns }) => (
    <section className="section" key={name}>
      <h3 className="code">{name}</h3>
      <p className="note">
        {counted(rows, 'row')}.{' '}
        {description === undefined ? 'Its model has no description.' : capital(printable(description))}
      </p>
      <details>
        <summary>{counted(columns.length, 'column')}</summary>
        <Scroll label={`Columns of ${name}`}>
          <table>
            <thead>
              <tr>
                <th scope="col">Column</th>
                <th scope="col">Type</th>
                <th scope="col">Meaning</th>
              </tr>
            </thead>
            <tbody>
              {columns.map((column) => (
                <tr key={column.name}>
                  <th scope="row" className="code">
                    {printable(column.name)}
                  </th>
                  <td className="code">{column.type}</td>
                  <td className="prose">
                    <Value cell={column.description ?? null} format="text" />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      </details>
    </section>
  ));
}

/** One declared section: what it shows, its table, and what is missing. */
import { isProblem, type Rows, type Section } from './data';
import { Figures } from './figures';
import { Findings } from './findings';
import { Line } from './line';
import { Bars, DataTable, Matrix } from './table';
import { Absence, useCounted } from './words';

function Shown({ section, rows }: { section: Section; rows: Rows }) {
  const { definition } = section;
  const counted = useCounted();
  const { title } = definition;
  switch (definition.as) {
    case 'findings':
      return <Findings rows={rows} formats={definition.formats} />;
    case 'figures':
      return <Figures rows={rows} figures={definition.figures} comparedWith={definition.compared_with} />;
    case 'line':
      return (
        <>
          <Line title={title} rows={rows} formats={definition.formats} />
          <details>
            <summary>The figures, {counted(rows.rows.length, 'row')}</summary>
            <DataTable title={`${title}, figures`} rows={rows} formats={definition.formats} />
          </details>
        </>
      );
    case 'bars':
      return <Bars title={title} rows={rows} formats={definition.formats} />;
    case 'matrix':
      return <Matrix title={title} rows={rows} formats={definition.formats} />;
    case 'table':
      return <DataTable title={title} rows={rows} formats={definition.formats} />;
  }
}

const NONE: Partial<Record<Section['definition']['as'], string>> = {
  findings: 'Nothing was found.',
  figures: 'There is no row to take the figures from.',
};

export function SectionOf({ section }: { section: Section }) {
  const { definition, answer } = section;
  const counted = useCounted();
  const compared = definition.as === 'figures' ? definition.compared_with : undefined;
  return (
    <section className={`section as-${definition.as}`}>
      <h3>{definition.title}</h3>
      {definition.note !== undefined && <p className="note">{definition.note}</p>}
      {compared !== undefined && <p className="note">Compared with {compared}.</p>}
      {isProblem(answer) ? (
        <Absence>Not shown: {answer.problem}.</Absence>
      ) : answer.rows.length === 0 ? (
        <Absence>{NONE[definition.as] ?? 'There is no data for this.'}</Absence>
      ) : (
        <Shown section={section} rows={answer} />
      )}
      {!isProblem(answer) && answer.truncated && definition.as !== 'figures' && (
        <p className="note">The first {counted(answer.rows.length, 'row')}; the published tables have more.</p>
      )}
    </section>
  );
}

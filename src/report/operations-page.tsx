/** What the run did: sources, steps, checks. */
import type { CheckResult } from '../domain/run';
import type { ReportData, SourceFacts } from './data';
import { inOneWay, printable } from './format';
import { Scroll } from './table';
import { Absence, useCounted, useFormats, Value } from './words';

const OUTCOMES = { error: 'could not be measured', fail: 'failed', warn: 'warned', pass: 'passed' } as const;

const textOf = (seconds: number | null) => (seconds === null ? null : String(seconds));

function Sources({ sources, zone }: { sources: readonly SourceFacts[]; zone: string }) {
  const { count, instant } = useFormats();
  const number = (value: number | null) => (value === null ? <Value cell={null} /> : count(value));
  const shown = inOneWay(
    'number',
    sources.map(({ seconds }) => textOf(seconds)),
  );
  return (
    <Scroll label="Sources">
      <table>
        <thead>
          <tr>
            <th scope="col">Source</th>
            {['Rows', 'Read', 'Quarantined', 'Parts', 'Reused', 'Resumed', 'Seconds'].map((head) => (
              <th key={head} scope="col" className="figure">
                {head}
              </th>
            ))}
            <th scope="col">Newest change of files, or cut of a table</th>
          </tr>
        </thead>
        <tbody>
          {sources.map(({ name, absent, rows, read, quarantined, parts, reusedParts, resumedParts, seconds, cut }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className="figure">{count(rows)}</td>
              <td className="figure">{number(read)}</td>
              <td className="figure">{number(quarantined)}</td>
              <td className="figure">{number(parts)}</td>
              <td className="figure">{number(reusedParts)}</td>
              <td className="figure">{number(resumedParts)}</td>
              <td className="figure">
                <Value cell={textOf(seconds)} format={shown} />
              </td>
              <td className="day">
                {absent ? 'no file: taken as empty' : cut === null ? <Value cell={null} /> : instant(cut, zone)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Models({ models }: { models: ReportData['operations']['models'] }) {
  const { count, value } = useFormats();
  if (models === null)
    return <Absence>The plan of this run is not in the store any more: its steps are not known.</Absence>;
  const shown = inOneWay(
    'number',
    models.map(({ seconds, reused }) => textOf(reused ? null : seconds)),
  );
  return (
    <Scroll label="Steps">
      <table>
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col" className="figure">
              Rows
            </th>
            <th scope="col" className="figure">
              Seconds
            </th>
          </tr>
        </thead>
        <tbody>
          {models.map(({ name, rows, reused, seconds }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className="figure">{count(rows)}</td>
              <td className="figure">{reused ? 'reused' : value(textOf(seconds), shown)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

const Checks = ({ label, checks }: { label: string; checks: readonly CheckResult[] }) => (
  <Scroll label={label}>
    <table>
      <thead>
        <tr>
          {['Outcome', 'Of', 'Check', 'Observed', 'Expected'].map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {checks.map(({ outcome, subject, name, observed, expected }, index) => (
          <tr key={index}>
            <td className={`outcome ${outcome}`}>{OUTCOMES[outcome]}</td>
            <td>{subject}</td>
            <th scope="row">{printable(name)}</th>
            <td>{printable(observed)}</td>
            <td>{printable(expected)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </Scroll>
);

export function OperationsPage({ edition, operations }: ReportData) {
  const { instant } = useFormats();
  const counted = useCounted();
  const { checks, zone, knownAt, run } = edition;
  const { sources, models, releasedAt } = operations;
  const passed = checks.filter(({ outcome }) => outcome === 'pass');
  const others = checks.filter(({ outcome }) => outcome !== 'pass');
  const total = (of: (source: SourceFacts) => number | null) =>
    sources.reduce<number | null>((sum, source) => {
      const value = of(source);
      return sum === null || value === null ? null : sum + value;
    }, 0);
  const quarantined = total((source) => source.quarantined);
  const rows = total((source) => source.rows) ?? 0;
  const read = total((source) => source.read) ?? rows;
  const resumed = total((source) => source.resumedParts) ?? 0;
  return (
    <>
      <section className="section">
        <h3>The run</h3>
        <p>
          Planned {instant(knownAt, zone)}
          {releasedAt === null ? ', and never released' : `, released ${instant(releasedAt, zone)}`} ({zone}); workflow{' '}
          <span className="id">{run.workflowId}</span>. It rests on {counted(rows, 'row')} of{' '}
          {counted(sources.length, 'source')}
          {quarantined === null ? '.' : `, and set ${counted(quarantined, 'record')} aside.`}
          {read < rows && ` It read ${counted(read, 'row')}; the others were known from earlier runs.`}
          {resumed > 0 && ` A step that was tried again went on after ${counted(resumed, 'part')}.`}
        </p>
      </section>
      <section className="section">
        <h3>Checks</h3>
        {checks.length === 0 ? (
          <p>There are none.</p>
        ) : (
          <p>
            {counted(passed.length, 'check')} passed,{' '}
            {others.length === 0 ? 'none did not.' : `${others.length} did not.`}
          </p>
        )}
        {others.length > 0 && <Checks label="Checks that did not pass" checks={others} />}
        {passed.length > 0 && (
          <details>
            <summary>{counted(passed.length, 'check')} that passed</summary>
            <Checks label="Checks that passed" checks={passed} />
          </details>
        )}
      </section>
      <section className="section">
        <h3>Sources</h3>
        <p className="note">
          Rows are those that the edition rests on; read are those that this run read of them. Reused parts were read by
          an earlier run; resumed ones had been committed before a step was tried again.
        </p>
        <Sources sources={sources} zone={zone} />
      </section>
      <section className="section">
        <h3>Steps</h3>
        <Models models={models} />
      </section>
    </>
  );
}

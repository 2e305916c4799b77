/** The page from top to bottom. */
import type { ReactNode } from 'react';
import { placeholders } from '../domain/report';
import { addDays } from '../domain/window';
import { isProblem, type ReportData } from './data';
import { Dictionary } from './dictionary';
import { OperationsPage } from './operations-page';
import { SectionOf } from './sections';
import { SomeRows } from './some-rows';
import { STYLE } from './style';
import { capital, useCounted, useFormats } from './words';

interface Part {
  readonly id: string;
  readonly title: string;
  readonly note?: string | undefined;
  readonly content: ReactNode;
}

/** Nothing is fetched and nothing runs, whatever stands in the data. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** The one line on top. */
function useHeadline({ headline, edition }: ReportData): string {
  const { card } = useFormats();
  const counted = useCounted();
  const rows = edition.tables.reduce((sum, table) => sum + table.rows, 0);
  const tables = edition.tables.length;
  const plain = `${counted(tables, 'table')} with ${counted(rows, 'row')} ${tables === 1 ? 'is' : 'are'} ready.`;
  if (headline === null || isProblem(headline.answer) || headline.answer.rows[0] === undefined) return plain;
  const {
    columns,
    rows: [row = []],
  } = headline.answer;
  const { text, formats } = headline.definition;
  const filled = placeholders(text).reduce((line, name) => {
    const index = columns.findIndex((column) => column.name === name);
    const cell = row[index] ?? null;
    // What is not there leaves no gap in a sentence.
    const shown = cell === null ? '' : card(cell, formats[name], columns[index]?.type);
    return line.replaceAll(`{${name}}`, () => shown);
  }, text);
  return filled.replaceAll(/ {2,}/g, ' ').replaceAll(/ (?=[,;.])/g, '');
}

/** What a reader must know before believing the figures. */
function useNotices({ edition, operations, headline, pages, tables }: ReportData): string[] {
  const counted = useCounted();
  const warned = edition.checks.filter(({ outcome }) => outcome !== 'pass').length;
  const absent = operations.sources.filter((source) => source.absent).map(({ name }) => name);
  const quarantined = operations.sources.reduce((sum, source) => sum + (source.quarantined ?? 0), 0);
  const answers = [...pages.flatMap(({ sections }) => sections), ...tables].map(({ answer }) => answer);
  const failed = [...answers, ...(headline === null ? [] : [headline.answer])].filter(isProblem).length;
  return [
    ...(warned > 0 ? [`${counted(warned, 'check')} did not pass.`] : []),
    ...(absent.length > 0 ? [`No file of ${absent.join(', ')}: what rests on it is taken as empty.`] : []),
    ...(quarantined > 0
      ? [
          `${counted(quarantined, 'record')} could not be read as declared and ${quarantined === 1 ? 'is' : 'are'} left out.`,
        ]
      : []),
    ...(failed > 0 ? [`${counted(failed, 'section')} could not be shown.`] : []),
  ];
}

function useParts(data: ReportData): Part[] {
  const declared = data.pages.map(({ title, note, sections }, index) => ({
    id: `page-${index + 1}`,
    title,
    note,
    content: sections.map((section, at) => <SectionOf key={at} section={section} />),
  }));
  const tables = data.tables.map((shown) => <SomeRows key={shown.table.name} {...shown} />);
  return [
    ...declared,
    ...(tables.length === 0
      ? []
      : [{ id: 'tables', title: 'Tables', note: 'Some rows of each published table.', content: tables }]),
    { id: 'operations', title: 'Operations', content: <OperationsPage {...data} /> },
    { id: 'dictionary', title: 'Data dictionary', content: <Dictionary tables={data.edition.tables} /> },
  ];
}

export function Report(data: ReportData) {
  const { edition, title } = data;
  const { day, instant } = useFormats();
  const headline = useHeadline(data);
  const notices = useNotices(data);
  const parts = useParts(data);
  const { window } = edition;
  const shown = capital(title);
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta httpEquiv="Content-Security-Policy" content={POLICY} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>{`${shown}, ${day(window.asOf)}`}</title>
        <style>{STYLE}</style>
      </head>
      <body>
        <header>
          <p className="eyebrow">{shown}</p>
          <h1>{headline}</h1>
          <p className="meta">
            {day(window.from)} to {day(addDays(window.to, -1))} <span className="dot">·</span> as known{' '}
            {instant(edition.knownAt, edition.zone)} <span className="dot">·</span> edition{' '}
            <span className="id">{edition.id}</span>
          </p>
          {notices.length > 0 && (
            <ul className="notices">
              {notices.map((notice) => (
                <li key={notice}>
                  {notice} <a href="#operations">Operations</a>
                </li>
              ))}
            </ul>
          )}
        </header>
        <nav aria-label="Pages">
          <ul>
            {parts.map((part) => (
              <li key={part.id}>
                <a href={`#${part.id}`}>{part.title}</a>
              </li>
            ))}
          </ul>
        </nav>
        <main>
          {parts.map((part) => (
            <article key={part.id} id={part.id} aria-labelledby={`${part.id}-title`}>
              <h2 id={`${part.id}-title`}>{part.title}</h2>
              {part.note !== undefined && <p className="note">{part.note}</p>}
              {part.content}
            </article>
          ))}
        </main>
        <footer>
          <p>
            Made by daybreak from edition <span className="id">{edition.id}</span> of {edition.pipeline}. Amounts are in{' '}
            {data.currency}.
          </p>
        </footer>
      </body>
    </html>
  );
}

/** Data → HTML. Everything is escaped by the renderer: no text of anybody becomes markup. */
import { renderToStaticMarkup } from 'react-dom/server';
import type { ReportData } from './data';
import { formatsIn } from './format';
import { Report } from './page';
import { FormatsContext } from './words';

/** One HTML file, complete in itself. */
export function renderReport(data: ReportData): string {
  const page = renderToStaticMarkup(
    <FormatsContext value={formatsIn(data.locale, data.currency)}>
      <Report {...data} />
    </FormatsContext>,
  );
  return `<!doctype html>\n${page}\n`;
}

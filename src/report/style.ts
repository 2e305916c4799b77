/** How the page looks: light, dark, on paper, on a phone. Fonts are those of the machine. */
export const STYLE = `
:root {
  --paper: #fdfdfc; --panel: #ffffff; --ink: #1c1f24; --soft: #565d68; --rule: #e2e5e9; --faint: #f3f4f6;
  --accent: #1d5fa8; --second: #a8501d; --third: #4d6b1f; --fourth: #77429b;
  --critical: #b01e2d; --warning: #8a5300; --info: #35618f; --better: #1a7041; --worse: #b01e2d;
  color-scheme: light dark;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --panel: #1a1e23; --ink: #e7e9ec; --soft: #a3abb6; --rule: #2f353d; --faint: #20252b;
    --accent: #7fb2ee; --second: #eda274; --third: #a9cc74; --fourth: #cda3ea;
    --critical: #ff8f96; --warning: #eebb66; --info: #8fbde8; --better: #74cf9a; --worse: #ff8f96;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 3.5rem; -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 0 1.5rem 3rem; max-width: 62rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 -apple-system, "Segoe UI", Roboto, Ubuntu, Cantarell, "Noto Sans", "Liberation Sans", "Helvetica Neue", Arial, system-ui, sans-serif;
  font-variant-numeric: tabular-nums lining-nums; overflow-wrap: anywhere;
}
h1, h2, h3, h4, p, dl, dd, ul, ol, figure { margin: 0; padding: 0; }
ul, ol { list-style: none; }
a { color: var(--accent); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.nothing, .note, .meta, figcaption, .before { color: var(--soft); }
.note, figcaption { font-size: .875rem; max-width: 46rem; }
.id, .code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; font-size: .9em; font-weight: 500; }

header { padding: 3rem 0 1.5rem; }
.eyebrow { font-size: .8125rem; font-weight: 600; letter-spacing: .04em; color: var(--accent); }
h1 { margin: .5rem 0 .75rem; font-size: clamp(1.5rem, 1.1rem + 1.8vw, 2.125rem); line-height: 1.25; font-weight: 600; letter-spacing: -.015em; text-wrap: balance; max-width: 50rem; }
.meta { font-size: .875rem; }
.dot { padding: 0 .25rem; }
.notices { margin-top: 1.25rem; padding: .625rem 1rem; border-left: 3px solid var(--warning); background: var(--faint); font-size: .875rem; }
.notices li + li { margin-top: .25rem; }

nav { position: sticky; top: 0; z-index: 1; margin: 0 -1.5rem; padding: 0 1.5rem; background: var(--paper); border-bottom: 1px solid var(--rule); }
nav ul { display: flex; gap: 1.5rem; overflow-x: auto; }
nav a { display: block; padding: .75rem 0; font-size: .875rem; font-weight: 500; white-space: nowrap; color: var(--soft); text-decoration: none; }
nav a:hover { color: var(--ink); }

header, article { position: relative; overflow-x: clip; }
article { padding-top: 2.25rem; }
article + article { margin-top: 3rem; border-top: 1px solid var(--rule); }
article > h2 { font-size: 1.5rem; line-height: 1.3; font-weight: 600; letter-spacing: -.01em; }
article > h2 + .note { margin-top: .25rem; }
.section { margin-top: 1.75rem; }
.section > h3 { font-size: 1rem; font-weight: 600; }
.section > h3 + .note + .note { margin-top: 0; }
.section > h3 ~ :is(.scroll, figure, .cards, .findings, .absence, details, p:not(.note)) { margin-top: .75rem; }
.absence { padding: .75rem 1rem; border: 1px dashed var(--rule); border-radius: .375rem; color: var(--soft); font-size: .9375rem; }

.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .75rem; }
.card { padding: .875rem 1.125rem 1rem; background: var(--panel); border: 1px solid var(--rule); border-radius: .5rem; }
.card dt { font-size: .8125rem; color: var(--soft); }
.now { margin-top: .125rem; font-size: 1.625rem; line-height: 1.25; font-weight: 600; letter-spacing: -.02em; }
.change { margin-top: .25rem; font-size: .8125rem; }
.change :is(.better, .worse, .neutral) { font-weight: 600; white-space: nowrap; }
.before { font-weight: 400; white-space: nowrap; }
.better { color: var(--better); } .worse { color: var(--worse); } .neutral { color: var(--soft); }
.card .note { margin-top: .25rem; font-size: .8125rem; }

.findings { display: grid; gap: .75rem; }
.finding {
  --tone: var(--info); display: grid; grid-template-columns: minmax(0, 1fr) auto; column-gap: 1.5rem; padding: .75rem 1.125rem .875rem;
  background: var(--panel); border: 1px solid var(--rule); border-left: 4px solid var(--tone); border-radius: .375rem; break-inside: avoid;
}
.finding > * { grid-column: 1 / -1; }
.finding.critical { --tone: var(--critical); } .finding.warning { --tone: var(--warning); }
.finding > .top { grid-column: 1; display: flex; flex-wrap: wrap; gap: 0 .75rem; font-size: .8125rem; }
.finding > .money { grid-column: 2; grid-row: 1 / span 2; font-size: 1.25rem; font-weight: 600; letter-spacing: -.01em; text-align: right; }
.finding > h4 { grid-column: 1; }
.severity { font-weight: 600; color: var(--tone); }
.severity::first-letter { text-transform: uppercase; }
.owner { color: var(--soft); }
h4 { font-size: 1.0625rem; line-height: 1.4; font-weight: 600; }
.recommendation { max-width: 46rem; }
.evidence { display: flex; flex-wrap: wrap; gap: .125rem 1.25rem; margin-top: .375rem; font-size: .875rem; }
.evidence div { display: flex; gap: .375rem; }
.evidence dt { color: var(--soft); }

details { margin-top: .5rem; }
summary { width: fit-content; padding: .125rem 0; font-size: .875rem; color: var(--accent); cursor: pointer; }
details > .scroll { margin-top: .375rem; }
:is(.scroll, details) + .note { margin-top: .5rem; }

.scroll { position: relative; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; line-height: 1.4; }
th, td { padding: .4375rem .75rem; text-align: left; vertical-align: baseline; border-bottom: 1px solid var(--rule); font-weight: 400; min-width: 4rem; max-width: 22rem; overflow-wrap: break-word; unicode-bidi: plaintext; }
th:first-child, td:first-child { padding-left: 0; } th:last-child, td:last-child { padding-right: 0; }
thead :is(th, td) { font-size: .8125rem; color: var(--soft); border-bottom-color: var(--soft); vertical-align: bottom; }
.figure { text-align: right; }
td:is(.figure, .day) { white-space: nowrap; }
td.prose { max-width: 34rem; }
tbody tr:last-child > * { border-bottom: 0; }
.outcome { font-weight: 600; white-space: nowrap; }
.outcome.pass { color: var(--better); } .outcome.warn { color: var(--warning); } .outcome:is(.fail, .error) { color: var(--critical); }

.bar { width: 38%; min-width: 6rem; vertical-align: top; }
.bar svg { display: block; width: 100%; height: .75rem; margin-top: .25rem; overflow: visible; }
.bar .above { fill: var(--accent); } .bar .below { fill: var(--critical); }
.matrix th, .matrix td { padding: .375rem .5rem; min-width: 3.25rem; border: 0; }
.matrix td { background: color-mix(in srgb, var(--accent) var(--shade, 0%), transparent); border: 1px solid var(--paper); }
.matrix th[scope=row] { white-space: nowrap; padding-left: 0; }

.chart { display: block; width: 100%; height: auto; overflow: visible; }
.narrow { display: none; }
.grid line { stroke: var(--rule); }
.axis line { stroke: var(--soft); }
.axis text { fill: var(--soft); font-size: 12px; }
.series { --line: var(--accent); }
.s1 { --line: var(--second); } .s2 { --line: var(--third); } .s3 { --line: var(--fourth); }
.series path { stroke: var(--line); stroke-width: 2; stroke-linejoin: round; fill: none; }
.series.s1 path { stroke-dasharray: 7 4; } .series.s2 path { stroke-dasharray: 2 4; } .series.s3 path { stroke-dasharray: 10 3 2 3; }
.series circle { fill: transparent; stroke: none; }
.series circle:hover { fill: var(--line); fill-opacity: .35; }
.area { fill: var(--accent); fill-opacity: .1; stroke: none; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; font-size: .8125rem; color: var(--soft); }
.legend li { --line: var(--accent); display: flex; align-items: center; gap: .5rem; }
.legend li::before { content: ""; width: 1.25rem; border-top: 2px solid var(--line); }
.legend .s1 { --line: var(--second); } .legend .s1::before { border-top-style: dashed; }
.legend .s2 { --line: var(--third); } .legend .s2::before { border-top-style: dotted; }
.legend .s3 { --line: var(--fourth); } .legend .s3::before { border-top-style: dashed; }
figure { overflow: clip; }
figcaption { margin-top: .25rem; }

footer { margin-top: 3.5rem; padding-top: 1rem; border-top: 1px solid var(--rule); font-size: .8125rem; color: var(--soft); }

@media (max-width: 40rem) {
  body { padding: 0 1rem 2rem; }
  header { padding-top: 1.75rem; }
  nav { margin: 0 -1rem; padding: 0 1rem; }
  .cards { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .5rem; }
  .card { padding: .75rem .875rem .875rem; }
  .now { font-size: 1.25rem; }
  .before { display: block; }
  .finding { column-gap: .75rem; padding: .625rem .875rem .75rem; }
  .finding > .money { grid-row: 1; font-size: 1rem; }
  .finding > h4 { grid-column: 1 / -1; }
  .wide { display: none; } .narrow { display: block; }
  .bar { min-width: 4rem; }
  th, td { padding-inline: .5rem; min-width: 3rem; }
  .scroll :is(tbody th:first-child, table:has(tbody th:first-child) thead th:first-child) {
    position: sticky; left: 0; max-width: 9rem; padding-right: .5rem; background: var(--paper);
  }
}
@media print {
  @page { margin: 16mm 14mm; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  table, .note, .evidence { font-size: 8.5pt; } thead :is(th, td) { font-size: 8pt; }
  th, td { padding: .25rem .5rem; min-width: 0; }
  header { padding-top: 0; }
  nav, .section > details > summary, .finding details { display: none; }
  .section > details::details-content { content-visibility: visible; display: block; height: auto; }
  article, article + article { break-before: page; padding-top: 0; margin: 0; border: 0; }
  article:first-of-type { break-before: auto; padding-top: 1rem; }
  .section, tr, figure, .card { break-inside: avoid; }
  .section:has(tr:nth-child(15)) { break-inside: auto; }
  .scroll { overflow: visible; }
  h2, h3, h3 + .note, h3 + .note + .note { break-after: avoid; }
  .notices, .area, .bar svg, .matrix td { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;

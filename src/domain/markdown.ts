/** Text of data and of errors in Markdown, as the Web UI shows it: no markup, and one line. */
export const markdownText = (text: string): string =>
  text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;');

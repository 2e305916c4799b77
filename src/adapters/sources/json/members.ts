/** Takes a text apart that is known to be a JSON object, without making anything else of its values. */

const BACKSLASH = 0x5c;

/** Index behind the text in quotes that begins at `at`. */
function closed(json: string, at: number): number {
  for (let end = json.indexOf('"', at + 1); ; end = json.indexOf('"', end + 1)) {
    let before = end;
    while (json.charCodeAt(before - 1) === BACKSLASH) before -= 1;
    if ((end - before) % 2 === 0) return end + 1;
  }
}

const STRUCTURE = /["[\]{}]/g;

/** Index behind the array or object that begins at `at`. */
function closedContainer(json: string, at: number): number {
  let depth = 0;
  for (let index = at; ; ) {
    STRUCTURE.lastIndex = index;
    const found = (STRUCTURE.exec(json) as RegExpExecArray).index;
    const char = json[found];
    if (char === '"') {
      index = closed(json, found);
      continue;
    }
    index = found + 1;
    depth += char === '{' || char === '[' ? 1 : -1;
    if (depth === 0) return index;
  }
}

const isBlank = (code: number) => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

/** The text that a JSON string means. */
export const textOf = (token: string): string =>
  token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1);

/** Calls `each` with every key and its value as it is written. */
export function eachMember(json: string, each: (key: string, value: string) => void): void {
  let at = json.indexOf('{') + 1;
  const skipBlank = () => {
    while (isBlank(json.charCodeAt(at))) at += 1;
  };
  for (;;) {
    skipBlank();
    if (json[at] === '}') return;
    const keyEnd = closed(json, at);
    const key = textOf(json.slice(at, keyEnd));
    at = json.indexOf(':', keyEnd) + 1;
    skipBlank();
    const from = at;
    const first = json[at];
    if (first === '"') at = closed(json, at);
    else if (first === '{' || first === '[') at = closedContainer(json, at);
    else while (!isBlank(json.charCodeAt(at)) && json[at] !== ',' && json[at] !== '}') at += 1;
    each(key, json.slice(from, at));
    skipBlank();
    if (json[at] === ',') at += 1;
  }
}

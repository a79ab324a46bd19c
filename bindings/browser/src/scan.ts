// Where an element ends in HTML text that the engine has sent. The text is never what a browser writes anew.

const VOID = /^(area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)$/i;
// No tags in these.
const RAW = /^(script|style|textarea|title|xmp|iframe|noembed|noframes|plaintext)$/i;
// `<!-->` and `<!--->` are whole comments.
const TOKEN = /<!--(?:-?>|[^]*?--!?>)?|<(\/?)([a-z][^\t\n\f\r />]*)|<[/!?]/gi;

/** The end of the start tag that begins at `start`: behind its `>`. -1 when there is none. */
export function startTagEnd(html: string, start: number): number {
  const name = /<[a-z][^\t\n\f\r />]*/iy;
  name.lastIndex = start;
  return name.test(html) ? tagEnd(html, name.lastIndex) : -1;
}

/** Behind the `>` of the tag whose name ends at `at`; -1 when it does not end. */
function tagEnd(html: string, at: number): number {
  // A quote opens a value only right behind an equals sign; elsewhere it is a part of a name, or of a value without quotes.
  const part = /[^>=]*(?:>|=[\t\n\f\r ]*(?:"[^"]*"|'[^']*'|[^"'>\t\n\f\r ][^>\t\n\f\r ]*|(?=>)))/gy;
  for (part.lastIndex = at; part.test(html); ) {
    if (html[part.lastIndex - 1] === ">") return part.lastIndex;
  }
  return -1;
}

/**
 * The ends of the element whose start tag begins at `start`: behind its start tag, and behind its end tag. A void element
 * has one tag. `null` when there is no such element.
 */
export function elementEnds(html: string, start: number): [tag: number, end: number] | null {
  const token = new RegExp(TOKEN);
  token.lastIndex = start;
  let first: number | undefined;
  let name = "";
  let depth = 0;
  for (let found = token.exec(html); found; found = token.exec(html)) {
    const [all, slash, other] = found;
    if (all === "<!--") return null;
    if (other === undefined) {
      token.lastIndex = html.indexOf(">", token.lastIndex - 1) + 1;
      if (token.lastIndex === 0) return null;
      continue;
    }
    const behind = tagEnd(html, token.lastIndex);
    if (behind < 0) return null;
    token.lastIndex = behind;
    const lower = other.toLowerCase();
    if (first === undefined) {
      if (found.index !== start || slash) return null;
      first = behind;
      name = lower;
      if (VOID.test(name)) return [first, first];
    }
    if (lower === name) depth += slash ? -1 : 1;
    if (depth === 0) return [first, behind];
    if (!slash && RAW.test(lower)) {
      const close = new RegExp(`</${lower}(?=[\\t\\n\\f\\r />])`, "gi");
      close.lastIndex = behind;
      const end = close.exec(html);
      if (!end) return null;
      token.lastIndex = end.index;
    }
  }
  return null;
}

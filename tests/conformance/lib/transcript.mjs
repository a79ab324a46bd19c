// Reading transcripts; the format is in tests/vectors/README.md.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The records of a transcript: `[{kind, bytes}]`. */
export function parseTranscript(buffer) {
  const records = [];
  let at = 0;
  while (at < buffer.length) {
    const end = buffer.indexOf(0x0a, at);
    const head = end < 0 ? null : /^(tree|resync|html|update|reply|stats|answer|fragments|changes) (\d+)$/.exec(buffer.toString('latin1', at, end));
    if (!head) throw new Error(`malformed record head at byte ${at}`);
    const length = Number(head[2]);
    const bytes = buffer.subarray(end + 1, end + 1 + length);
    if (bytes.length !== length || buffer[end + 1 + length] !== 0x0a) throw new Error(`record at byte ${at} is cut short`);
    records.push({ kind: head[1], bytes });
    at = end + 2 + length;
  }
  return records;
}

/** One record of a transcript. */
export function writeRecord(kind, bytes) {
  const body = Buffer.from(bytes);
  return Buffer.concat([Buffer.from(`${kind} ${body.length}\n`), body, Buffer.from('\n')]);
}

/** The journey in a transcript: the first message, then the states, each with the update that led to it. */
export function journey(records) {
  const [first, ...rest] = records;
  if (first?.kind !== 'tree') throw new Error('the first record is not a tree');
  const states = [];
  let update = null;
  for (const { kind, bytes } of rest) {
    // The figures of the update before it; languages are compared by them.
    if (kind === 'stats' && update !== null) continue;
    if (kind === 'update' && update === null && states.length > 0) {
      update = bytes;
    } else if (kind === 'html' && (update !== null || states.length === 0)) {
      states.push({ update, html: bytes.toString() });
      update = null;
    } else {
      throw new Error(`a record ${kind} out of order`);
    }
  }
  if (states.length === 0) throw new Error('no state');
  if (update !== null) throw new Error('an update without its state');
  return { tree: first.bytes, states };
}

/** What stands in a transcript of another format besides its first two records, in order. */
export function wireJourney(records) {
  const [resync, html, ...rest] = records;
  const last = rest.pop();
  if (resync?.kind !== 'resync' || html?.kind !== 'html' || last?.kind !== 'resync') throw new Error('no resync, state and resync');
  return { resync: resync.bytes.toString(), html: html.bytes.toString(), rest, last: last.bytes.toString() };
}

const WRAPPER = /<div data-lvt-id="[^"]*">/;

/** Splits a rendered page at its wrapper: what stands before, in and after the live region. */
export function splitPage(html) {
  const start = WRAPPER.exec(html);
  if (!start) throw new Error('no <div data-lvt-id="…"> in the page');
  const from = start.index + start[0].length;
  const body = html.toLowerCase().lastIndexOf('</div></body');
  const to = body >= from ? body : html.length - '</div>'.length;
  if (to < from || html.slice(to, to + 6) !== '</div>') throw new Error('the wrapper does not end before </body> or at the end');
  return { before: html.slice(0, start.index), region: html.slice(from, to), after: html.slice(to + 6) };
}

/** Lists that each language writes by itself. */
const LISTS = new Set(['fragments', 'changes']);

/** JSON whose members are in order. */
const ordered = (_, value) => (value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value);

/**
 * A record's text without what is another one each time: the page's id, and the time of a message. Python and Node.js give U+FFFD
 * where the others give bytes that are not UTF-8.
 */
export function timeless({ kind, bytes }) {
  const text = bytes.toString();
  if (LISTS.has(kind)) return JSON.stringify(JSON.parse(text), ordered);
  return kind === 'html' ? text.replace(WRAPPER, '<div data-lvt-id="">') : text.replace(/"timestamp":"[^"]*"/g, '"timestamp":""');
}

/** The transcripts of a language, by file name. A case that never had a page has none, or an empty one. */
export function readLanguage(directory) {
  const files = new Map();
  for (const name of readdirSync(directory).filter((name) => name.endsWith('.bin')).sort()) {
    const records = parseTranscript(readFileSync(path.join(directory, name)));
    if (records.length > 0) files.set(name, records);
  }
  return files;
}

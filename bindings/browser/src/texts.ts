// The texts of fragments, exactly as the engine sent them: positions in value updates are counted in these.

import { elementEnds, startTagEnd } from "./scan.js";
import { count, misfit, text, type JsonObject } from "./messages.js";

/** The attribute that names a fragment in `fragments` and `patches`. */
export const FRAGMENT = "data-fragment-id";

/** The elements of fragments inside `root`, by id; the first of those with the same. */
export function fragmentsIn(root: Element): Map<string, Element> {
  const elements = [...root.querySelectorAll(`[${FRAGMENT}]`)].reverse();
  return new Map(elements.map((element) => [element.getAttribute(FRAGMENT)!, element]));
}

// The annotation is the first attribute of its tag.
const ANNOTATION = /<[a-z][^\t\n\f\r />]* data-fragment-id="([^"]*)"/gi;

/** A fragment's text: in `html` from `start` on, with another start tag in front once that has changed. */
interface Entry {
  html: string;
  start: number;
  /** The start tag and where it ends in `html`, once they were looked for. */
  tag?: string;
  rest?: number;
  /** Where the element ends in `html`, once that was looked for. */
  end?: number;
}

/** What value updates make of a fragment. */
export interface Spliced {
  /** The new text, or the new start tag when nothing behind it changes. */
  text: string;
  whole: boolean;
  /** To be done when the message is applied. */
  keep(): void;
}

/** Keeps what the engine sent for each fragment. A text is cut out of its HTML only when a value in it changes. */
export class Texts {
  #entries = new Map<string, Entry>();
  #swept = 1000;

  /** Forgets all and takes the fragments in `html`. */
  reset(html: string): void {
    this.#entries.clear();
    this.add(html);
  }

  /** Takes the fragments in `html`, in place of those of the same ids. */
  add(html: string): void {
    const seen = new Set<string>();
    for (const found of html.matchAll(ANNOTATION)) {
      const id = found[1]!;
      if (!seen.has(id)) this.#entries.set(id, { html, start: found.index });
      seen.add(id);
    }
  }

  /** A fragment's text is all of `text`, which may be its start tag alone. */
  set(id: string, text: string): void {
    this.#entries.set(id, { html: text, start: 0 });
  }

  /** Whether a fragment's text is what `set` was given last. */
  is(id: string, text: string): boolean {
    const entry = this.#entries.get(id);
    return entry?.html === text && entry.tag === undefined;
  }

  /** What value updates, whose positions all refer to the text before them, make of a fragment. */
  splice(id: string, updates: JsonObject[]): Spliced {
    const entry = this.#known(id);
    const tag = startTag(entry, id);
    const edits = editsOf(updates);
    if (edits.every(({ at, length }) => at + length < tag.length)) {
      const text = splice(tag, edits);
      return { text, whole: false, keep: () => void (entry.tag = text) };
    }
    const text = splice(this.#whole(entry, id), edits);
    return { text, whole: true, keep: () => void this.#entries.set(id, { html: text, start: 0, end: text.length }) };
  }

  /** The checksum of what is known of a fragment's text: all of it, or its start tag. */
  checksum(id: string): string {
    const entry = this.#known(id);
    return checksum(entry.end === undefined ? startTag(entry, id) : this.#whole(entry, id));
  }

  /** Forgets fragments that the page does not have any more, now and then. */
  sweep(root: Element): void {
    if (this.#entries.size < this.#swept) return;
    const present = fragmentsIn(root);
    for (const id of this.#entries.keys()) if (!present.has(id)) this.#entries.delete(id);
    this.#swept = Math.max(1000, 2 * this.#entries.size);
  }

  #known(id: string): Entry {
    return this.#entries.get(id) ?? misfit(id);
  }

  #whole(entry: Entry, id: string): string {
    const tag = startTag(entry, id);
    if (entry.end === undefined) {
      const [, end] = elementEnds(entry.html, entry.start) ?? misfit(id);
      const inner = new RegExp(ANNOTATION);
      inner.lastIndex = entry.rest!;
      const other = inner.exec(entry.html);
      if (other && other.index < end) misfit(id);
      entry.end = end;
    }
    return tag + entry.html.slice(entry.rest, entry.end);
  }
}

function startTag(entry: Entry, id: string): string {
  if (entry.rest === undefined) {
    entry.rest = startTagEnd(entry.html, entry.start);
    if (entry.rest < 0) misfit(id);
  }
  return (entry.tag ??= entry.html.slice(entry.start, entry.rest));
}

interface Edit {
  at: number;
  length: number;
  value: string;
}

/** Value updates in the order of their places. */
function editsOf(updates: JsonObject[]): Edit[] {
  return updates
    .map((update) => ({ at: count(update, "position"), length: count(update, "length"), value: text(update, "new_value") }))
    .sort((a, b) => a.at - b.at || a.length - b.length);
}

function splice(before: string, edits: Edit[]): string {
  let after = "";
  let end = 0;
  for (const { at, length, value } of edits) {
    if (at < end || at + length > before.length) misfit("position");
    after += before.slice(end, at) + value;
    end = at + length;
  }
  return after + before.slice(end);
}

let table: Uint32Array | undefined;

/** CRC-32 of the UTF-8 of `value`, in 8 hex digits. */
export function checksum(value: string): string {
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    return crc;
  });
  let crc = -1;
  for (const byte of new TextEncoder().encode(value)) crc = (crc >>> 8) ^ table[(crc ^ byte) & 255]!;
  return (~crc >>> 0).toString(16).padStart(8, "0");
}

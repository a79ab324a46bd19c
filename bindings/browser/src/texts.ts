// The texts of fragments, exactly as the engine sent them: positions in value updates are counted in these.

import { elementEnds } from "./scan.js";
import { count, mismatch, text, type JsonObject } from "./messages.js";

/** The attribute that names a fragment in `fragments` and `patches`. */
export const FRAGMENT = "data-fragment-id";

// The annotation is the first attribute of its tag.
const ANNOTATION = /<[a-z][^\t\n\f\r />]* data-fragment-id="([^"]*)"/gi;

/** A text that was cut out, or where it begins in what was sent. */
type Entry = string | { html: string; start: number };

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

  /** The text of a fragment: its outer HTML, or its start tag when it has other fragments in it. */
  get(id: string): string {
    const entry = this.#entries.get(id) ?? mismatch(`no text of ${id}`);
    if (typeof entry === "string") return entry;
    const { html, start } = entry;
    const [tag, end] = elementEnds(html, start) ?? mismatch(`the text of ${id} has no end`);
    const inner = new RegExp(ANNOTATION);
    inner.lastIndex = tag;
    const other = inner.exec(html);
    const value = html.slice(start, other && other.index < end ? tag : end);
    this.#entries.set(id, value);
    return value;
  }

  /** The text that a fragment was given by `set` last, if nothing came for it since. */
  peek(id: string): string | undefined {
    const entry = this.#entries.get(id);
    return typeof entry === "string" ? entry : undefined;
  }

  /** A fragment has a new text. */
  set(id: string, value: string): void {
    this.#entries.set(id, value);
  }

  /** Forgets fragments that the page does not have any more, now and then. */
  sweep(root: Element): void {
    if (this.#entries.size < this.#swept) return;
    const present = new Set<string>();
    for (const element of root.querySelectorAll(`[${FRAGMENT}]`)) present.add(element.getAttribute(FRAGMENT)!);
    for (const id of this.#entries.keys()) if (!present.has(id)) this.#entries.delete(id);
    this.#swept = Math.max(1000, 2 * this.#entries.size);
  }
}

/** The text after value updates whose positions all refer to the text before them. */
export function splice(before: string, updates: JsonObject[]): string {
  const sorted = updates
    .map((update) => ({ at: count(update, "position"), length: count(update, "length"), value: text(update, "new_value") }))
    .sort((a, b) => a.at - b.at);
  let after = "";
  let end = 0;
  for (const { at, length, value } of sorted) {
    if (at < end || at + length > before.length) mismatch("a value update is not in the text");
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

// The format `patches`: new values in the texts of fragments, or new texts. `fragments` adds to it.

import { RootApplier, type Step } from "./applier.js";
import { find, parse, parseElement } from "./html.js";
import { mismatch, objects, text, type JsonObject } from "./messages.js";
import { morph } from "./morph.js";
import { elementEnds } from "./scan.js";
import { FRAGMENT, Texts, fragmentsIn } from "./texts.js";

/** Applies fragments' texts: the elements are morphed to them. */
export abstract class TextApplier extends RootApplier {
  protected texts = new Texts();
  #changed = new Set<string>();
  /** Fragments that the parts before in the same message change or bring, as they are then, and elements that have gone. */
  #course = new Map<string, Element>();
  protected gone = new Set<Element>();
  /** The fragments' elements, while a message with many parts is looked at. */
  #found: Map<string, Element> | null = null;

  /** Fragments whose values have changed are reported until they are sent as a whole. */
  checksums(): { [id: string]: string } {
    const sums: { [id: string]: string } = {};
    for (const id of this.#changed) if (this.#element(id)) sums[id] = this.texts.checksum(id);
    this.#changed.clear();
    return sums;
  }

  protected reset(html: string): void {
    this.#changed.clear();
    this.texts.reset(html);
  }

  /** Prepares all parts of a message, then does them: one that does not fit throws before the page is touched. */
  protected run(parts: JsonObject[], prepare: (part: JsonObject) => Step): void {
    this.#course.clear();
    this.gone.clear();
    // To look for each of many by itself would take a time that grows with the page.
    this.#found = parts.length > 9 ? fragmentsIn(this.root) : null;
    const steps = parts.map(prepare);
    this.#found = null;
    for (const step of steps) step();
    this.texts.sweep(this.root);
  }

  #element(id: string): Element | null {
    if (this.root.getAttribute(FRAGMENT) === id) return this.root;
    return this.#found ? (this.#found.get(id) ?? null) : find(this.root, FRAGMENT, id);
  }

  /**
   * The fragment's element as it is when the parts before have been done; where they made it, one like it. A message changes a fragment
   * once, and none in one that it replaces.
   */
  protected known(id: string, again = false): Element {
    const element = this.#course.get(id) ?? this.#element(id) ?? mismatch(`there is no fragment ${id}`);
    let done = !again && this.#course.has(id);
    if (!again) this.#course.set(id, element);
    for (let at: Element | null = element; at; at = at.parentElement) done ||= this.gone.has(at);
    return done ? mismatch(`${id} changes twice`) : element;
  }

  /** The same element when the parts before have been done. */
  protected late(id: string, element: Element): Element {
    return this.root.contains(element) ? element : this.#element(id)!;
  }

  /** Elements come. */
  protected enter(parsed: Element): Element {
    fragmentsIn(parsed).forEach((element, id) => this.#course.set(id, element));
    return parsed;
  }

  protected values(id: string, updates: JsonObject[]): Step {
    const { text: after, whole, keep } = this.texts.splice(id, updates);
    const element = this.known(id);
    const to = this.#parsed(id, after, element);
    return () => {
      keep();
      this.#changed.add(id);
      morph(element, to, whole ? "all" : "tag");
    };
  }

  /** The fragment gets a new text; a start tag alone leaves its content. */
  protected become(id: string, after: string): Step {
    const element = this.known(id);
    const to = this.#parsed(id, after, element);
    const scope = elementEnds(after, 0) ? "all" : "tag";
    return () => {
      this.texts.set(id, after);
      morph(element, to, scope);
    };
  }

  /** The fragment gets a new text of any structure, or becomes another one. */
  protected replace(id: string, html: string): Step {
    const element = this.known(id);
    this.gone.add(element);
    if (element === this.root) {
      const parsed = parse(html, element);
      return () => {
        this.reset(html);
        morph(element, parsed, "content");
      };
    }
    const to = this.#parsed(id, html, element, true);
    this.enter(to.parentElement!);
    return () => {
      this.#changed.delete(id);
      this.texts.add(html);
      morph(element, to);
    };
  }

  #parsed(id: string, html: string, element: Element, renamed = false): Element {
    const to = parseElement(html, element.parentElement!);
    const other = to.getAttribute(FRAGMENT);
    return other === id || (renamed && other && !this.#element(other)) ? to : mismatch(`the text is not that of ${id}`);
  }
}

/** Applies `patches`, the envelope of version 1.0. */
export class PatchesApplier extends TextApplier {
  apply(message: JsonObject): void {
    if (message.version !== "1.0") mismatch(`the version ${String(message.version)} is unknown`);
    this.run(objects(message, "updates"), (update) => {
      const id = text(update, "fragment_id");
      if (update.action === "value_updates") return this.values(id, objects(update, "data"));
      if (update.action === "replace") return this.replace(id, text(update, "data"));
      return mismatch(`the action ${String(update.action)} is unknown`);
    });
  }
}

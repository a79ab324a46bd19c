// The format `fragments`: four strategies.

import type { Step } from "./applier.js";
import { parse } from "./html.js";
import { count, members, mismatch, objects, text, type Json, type JsonObject } from "./messages.js";
import { TextApplier } from "./patches.js";
import { insert, insertBeside, removeRow, spaceOf } from "./rows.js";

/** A text that was made of statics and dynamics. */
interface Split {
  fingerprint: string;
  dynamics: string[];
  text: string;
}

/** Applies `fragments`. */
export class FragmentsApplier extends TextApplier {
  /** By fingerprint. */
  #statics = new Map<string, string[]>();
  #splits = new Map<string, Split>();
  /** The child elements of fragments after the operations before in the same message. */
  #children = new Map<Element, Element[]>();

  apply(message: JsonObject): void {
    this.#children.clear();
    this.run(objects(message, "fragments"), (fragment) => {
      const id = text(fragment, "id");
      const data = members(fragment, "data");
      switch (fragment.strategy) {
        case "static_dynamic":
          return this.#dynamics(id, data);
        case "markers":
          return this.values(id, objects(data, "patches"));
        case "granular":
          return this.#granular(id, data);
        case "replacement":
          return this.replace(id, text(data, "content"));
        default:
          return mismatch(`the strategy ${String(fragment.strategy)} is unknown`);
      }
    });
  }

  #dynamics(id: string, data: JsonObject): Step {
    const fingerprint = text(data, "fingerprint");
    const statics = data.statics === undefined ? this.#statics.get(fingerprint) : strings(data.statics);
    if (!statics) return mismatch(`the statics ${fingerprint} are unknown`);
    const held = this.#splits.get(id);
    const same = held?.fingerprint === fingerprint && this.texts.is(id, held.text);
    const dynamics = statics.slice(1).map((_, slot) => {
      const value = members(data, "dynamics")[slot] ?? (same ? held.dynamics[slot] : undefined);
      return typeof value === "string" ? value : mismatch(`the dynamic ${slot} of ${id} is missing`);
    });
    const after = statics.map((part, slot) => part + (dynamics[slot] ?? "")).join("");
    const step = this.become(id, after);
    // What belongs to a fingerprint never changes: whether the message fits as a whole does not matter.
    this.#statics.set(fingerprint, statics);
    return () => {
      this.#splits.set(id, { fingerprint, dynamics, text: after });
      step();
    };
  }

  #granular(id: string, data: JsonObject): Step {
    const element = this.known(id, true);
    let children = this.#children.get(element);
    if (!children) this.#children.set(element, (children = [...element.children]));
    const space = spaceOf(data.space);
    if (data.operation === "remove") {
      const row =
        typeof data.selector === "string" ? element.querySelector(data.selector) : children[count(data, "position")];
      if (!row || !children.includes(row)) return mismatch(`there is no such row in ${id}`);
      children.splice(children.indexOf(row), 1);
      return () => removeRow(row, space);
    }
    // Beside a row, where there is one: its white space stays with it.
    const { operation } = data;
    const last = operation === "append";
    if (!last && operation !== "prepend" && operation !== "insert") mismatch(`the operation ${String(operation)} is unknown`);
    const end = operation === "insert" ? undefined : last ? Math.max(0, children.length - 1) : 0;
    const position = count(data, "position", end);
    const neighbour = children[position];
    const after = last || (position > 0 && position === children.length);
    const beside = neighbour ?? (after ? children[position - 1] : undefined);
    if (!beside && children.length > 0) mismatch(`there is no place ${position} in ${id}`);
    const content = text(data, "content");
    const parsed = parse(content, element);
    children.splice(position + (last && neighbour ? 1 : 0), 0, ...parsed.children);
    return () => {
      this.texts.add(content);
      if (beside) insertBeside(parsed, beside, after, space);
      else insert(element, [...parsed.childNodes], null);
    };
  }
}

function strings(value: Json | undefined): string[] {
  return Array.isArray(value) && value.every((part) => typeof part === "string") ? (value as string[]) : mismatch("statics are no texts");
}

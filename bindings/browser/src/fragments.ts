// The format `fragments`: four strategies.

import type { Step } from "./applier.js";
import { parse } from "./html.js";
import { members, mismatch, objects, text, type Json, type JsonObject } from "./messages.js";
import { TextApplier } from "./patches.js";
import { insertBeside, moveBeside, removeRow, spaceOf } from "./rows.js";

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
  /** The last that were sent so, the latest at the end. The engine counts on fewer. */
  #splits = new Map<string, Split>();

  apply(message: JsonObject): void {
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
          return mismatch(`${String(fragment.strategy)} is unknown`);
      }
    });
  }

  #dynamics(id: string, data: JsonObject): Step {
    const fingerprint = text(data, "fingerprint");
    const statics = data.statics ?? this.#statics.get(fingerprint);
    if (!isTexts(statics)) return mismatch(`the statics ${fingerprint} are unknown`);
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
      this.#splits.delete(id);
      this.#splits.set(id, { fingerprint, dynamics, text: after });
      if (this.#splits.size > 1000) this.#splits.delete(this.#splits.keys().next().value!);
      step();
    };
  }

  /** An element comes, goes or moves, by itself or beside the fragment `id`. */
  #granular(id: string, data: JsonObject): Step {
    const { operation } = data;
    const space = spaceOf(data.space);
    const insert = operation === "insert";
    const element = this.known(id, insert);
    if (element === this.root || (!insert && operation !== "remove")) mismatch(`${String(operation)} is unknown`);
    if (!insert) {
      this.gone.add(element);
      return () => removeRow(element, space);
    }
    const after = data.position === 1;
    if (data.selector !== undefined) {
      const row = this.known(text(data, "selector"), true);
      if (row.contains(element)) mismatch(`${id} cannot move`);
      return () => moveBeside(row, this.late(id, element), after, space);
    }
    const content = text(data, "content");
    const parsed = this.enter(parse(content, element.parentElement!));
    return () => {
      this.texts.add(content);
      insertBeside(parsed, this.late(id, element), after, space);
    };
  }
}

function isTexts(value: Json | undefined): value is string[] {
  return Array.isArray(value) && value.every((part) => typeof part === "string");
}

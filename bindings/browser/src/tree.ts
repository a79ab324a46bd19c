// The format `tree`: statics and dynamics of the whole page, and ranges with operations on their items.

import { RootApplier } from "./applier.js";
import { edits } from "./edits.js";
import { isObject, misfit, type Json, type JsonObject } from "./messages.js";
import { morph } from "./morph.js";
import { parse } from "./html.js";

type Range = JsonObject & { d: JsonObject[]; s: string[] };
type Operation = [name: string, ...rest: Json[]];

const isSlot = (name: string): boolean => /^\d+$/.test(name);
const isRange = (value: Json | undefined): value is Range => isObject(value) && Array.isArray(value.d) && Array.isArray(value.s);
const isOperations = (value: Json | undefined): value is Operation[] =>
  Array.isArray(value) && Array.isArray(value[0]) && typeof value[0][0] === "string";

/** Applies `tree`. */
export class TreeApplier extends RootApplier {
  #tree: JsonObject | null = null;
  /** The content as the engine rendered it. */
  rendered = "";

  apply(message: JsonObject): void {
    const update = message.tree;
    if (!isObject(update)) return misfit("tree");
    if (!this.#tree && !Array.isArray(update.s)) misfit("tree");
    if (this.#tree && Object.keys(update).length === 0) return;
    // A tree with statics is the whole.
    const tree = Array.isArray(update.s) ? update : (merge(this.#tree!, update) as JsonObject);
    const html = node(tree);
    let steps = edits(this.rendered, html, this.root);
    if (!steps) {
      const parsed = parse(html, this.root);
      steps = [() => morph(this.root, parsed, "content")];
    }
    this.#tree = tree;
    this.rendered = html;
    for (const step of steps) step();
  }

  /** The next tree must be a whole one. */
  forget(): void {
    this.#tree = null;
    this.rendered = "";
  }

  protected reset(): void {
    this.forget();
  }
}

/** What becomes of `old` by `update`. Neither is changed. */
function merge(old: Json | undefined, update: Json): Json {
  if (isOperations(update)) return operate(isRange(old) ? old : misfit("range"), update);
  if (!isObject(update) || !isObject(old) || replaces(old, update)) return update;
  const merged: JsonObject = { ...old };
  for (const [name, value] of Object.entries(update)) {
    merged[name] = name === "d" || name === "s" ? value : merge(old[name], value);
  }
  return merged;
}

/** Whether a node with statics takes the place of another as a whole, by the rules of the published client. */
function replaces(old: JsonObject, update: JsonObject): boolean {
  if (!Array.isArray(update.s)) return false;
  return (hasRange(old) && !hasRange(update)) || Object.keys(old).some((name) => isSlot(name) && !(name in update));
}

function hasRange(value: Json | undefined): boolean {
  return isRange(value) || (isObject(value) && Object.keys(value).some((name) => isSlot(name) && hasRange(value[name])));
}

function operate(range: Range, operations: Operation[]): Range {
  const result: Range = { ...range, d: [...range.d] };
  const items = result.d;
  const idKey = isObject(range.m) ? String(range.m.idKey) : "";
  const keyOf = (item: JsonObject): Json => item._k || (item[idKey] ?? null);
  const indexOf = (key: Json | undefined): number => items.findIndex((item) => keyOf(item) === key);
  const known = (key: Json | undefined): number => {
    const index = indexOf(key);
    return index >= 0 ? index : misfit(`item ${key}`);
  };
  const list = (value: Json | undefined): JsonObject[] => {
    const values = Array.isArray(value) ? value : [value];
    return values.every(isObject) ? (values as JsonObject[]) : misfit("item");
  };
  for (const operation of operations) {
    const [name, first, second] = operation;
    switch (name) {
      case "r": {
        // An unknown key is no fault: servers use one to say that nothing changed.
        const index = indexOf(first);
        if (index >= 0) items.splice(index, 1);
        break;
      }
      case "u": {
        const index = known(first);
        if (isObject(second)) items[index] = merge(items[index], second) as JsonObject;
        break;
      }
      case "a":
      case "p":
        items.splice(name === "a" ? items.length : 0, 0, ...list(first));
        if (Array.isArray(second)) result.s = second as string[];
        if (isObject(operation[3])) result.m = operation[3];
        break;
      case "i":
        items.splice(known(first) + 1, 0, ...list(second));
        break;
      case "o": {
        const byKey = new Map(items.map((item) => [keyOf(item), item]));
        const keys = Array.isArray(first) ? first : misfit("order");
        items.splice(0, items.length, ...keys.map((key) => byKey.get(key) ?? misfit(`item ${key}`)));
        break;
      }
      default:
        misfit(`operation ${name}`);
    }
  }
  return result;
}

/** A node, or an item with the statics of its range, as HTML. */
function node(slots: JsonObject, statics = slots.s as Json[]): string {
  let html = "";
  statics.forEach((part, index) => {
    html += part;
    if (index < statics.length - 1) html += render(slots[index]);
  });
  return html;
}

function render(value: Json | undefined): string {
  if (value == null) return "";
  // The published client shows nothing in its place either.
  if (typeof value === "string") return value.startsWith("{{") && value.endsWith("}}") ? "" : value;
  if (Array.isArray(value)) return isOperations(value) ? misfit("range") : value.map(render).join("");
  if (!isObject(value)) return String(value);
  if (isRange(value)) return value.d.length > 0 ? value.d.map((item) => node(item, value.s)).join("") : render(value.else);
  if (Array.isArray(value.s)) return node(value);
  const names = Object.keys(value);
  return names.every(isSlot) ? names.map((name) => render(value[name])).join("") : "";
}

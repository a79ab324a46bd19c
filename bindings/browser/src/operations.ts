// The format `operations`: elements by their ids.

import { RootApplier, type Step } from "./applier.js";
import { find, parse, parseElement } from "./html.js";
import { isObject, members, misfit, objects, text, type Json, type JsonObject } from "./messages.js";
import { morph, tagOf, type Scope } from "./morph.js";
import { insert, insertBeside, moveBeside, removeRow, spaceOf } from "./rows.js";

/** What the operations of a message before the one that is looked at do to the elements. */
interface Course {
  /** Elements that come, by id. */
  made: Map<string, Element>;
  /** Elements of the page that go, with all in them. */
  gone: Set<Element>;
}

/** Applies `operations`. */
export class OperationsApplier extends RootApplier {
  #hashes = new Map<string, string>();

  apply(message: JsonObject): void {
    const course: Course = { made: new Map(), gone: new Set() };
    const operations = objects(message, "operations");
    const steps = operations.map((operation) => this.#prepare(operation, course));
    operations.forEach((operation, at) => {
      this.#forget(operation);
      steps[at]!();
      if (typeof operation.content_hash === "string") this.#hashes.set(operation.fragment_id as string, operation.content_hash);
    });
  }

  /** Forgets the hashes of what an operation is about to change: a hash covers an element without the fragments inside it. */
  #forget({ fragment_id: id, action, content_hash: hash, html, target_id: beside }: JsonObject): void {
    const element = this.#element(id as string);
    const around = (inner: Element): string => {
      let at = inner.parentElement;
      while (at && at !== this.root && !this.#hashes.has(at.id)) at = at.parentElement;
      return at?.id ?? "";
    };
    if (action === "replace" || action === "remove") {
      this.#hashes.delete(id as string);
      for (const inner of element!.querySelectorAll("[id]")) this.#hashes.delete(inner.id);
      if (!hash) this.#hashes.delete(around(element!));
    } else if (beside !== undefined) {
      const rows = [this.#element(beside as string)!, ...(html === undefined ? [element!] : [])];
      for (const outer of rows.map(around)) this.#hashes.delete(outer);
    } else if (action !== "noop") this.#hashes.delete(id as string);
  }

  versions(): { [id: string]: string } {
    return Object.fromEntries(this.#hashes);
  }

  protected reset(_html: string, message: JsonObject): void {
    this.#hashes.clear();
    for (const [id, hash] of Object.entries(members(message, "versions"))) if (typeof hash === "string") this.#hashes.set(id, hash);
  }

  #element(id: string): Element | null {
    if (this.root.id === id) return this.root;
    const element = this.root.ownerDocument.getElementById(id);
    return element && this.root.contains(element) ? element : find(this.root, "id", id);
  }

  /** The element as it is when the operations before have been done; where they made it, one like it. */
  #known(id: string, { made, gone }: Course): Element {
    const element = made.get(id) ?? this.#element(id);
    for (let at = element; at; at = at.parentElement) if (gone.has(at)) misfit(id);
    return element ?? misfit(id);
  }

  #prepare(operation: JsonObject, course: Course): Step {
    const id = text(operation, "fragment_id");
    const { action } = operation;
    const late = (): Element => this.#element(id)!;
    switch (action) {
      case "replace": {
        const html = text(operation, "html");
        const element = this.#known(id, course);
        const whole = element === this.root;
        const to = whole ? parse(html, element) : parseElement(html, element.parentElement!);
        course.gone.add(element);
        enter(whole ? to : to.parentElement!, course);
        return () => morph(late(), to, whole ? "content" : "all");
      }
      case "append":
      case "prepend": {
        const parsed = parse(text(operation, "html"), this.#known(id, course));
        enter(parsed, course);
        return () => insert(late(), [...parsed.childNodes], action === "prepend" ? late().firstChild : null);
      }
      case "insertBefore":
      case "insertAfter": {
        const after = action === "insertAfter";
        const space = spaceOf(operation.space);
        const beside = text(operation, "target_id");
        const target = this.#known(beside, course);
        const parent = target.parentElement;
        if (!parent || target === this.root) return misfit(beside);
        if (operation.html === undefined) {
          if (this.#known(id, course).contains(target)) misfit(id);
          return () => moveBeside(late(), this.#element(beside)!, after, space);
        }
        const parsed = parse(text(operation, "html"), parent);
        enter(parsed, course);
        return () => insertBeside(parsed, this.#element(beside)!, after, space);
      }
      case "remove": {
        const element = this.#known(id, course);
        if (element === this.root) misfit(id);
        const space = spaceOf(operation.space);
        course.gone.add(element);
        return () => removeRow(late(), space);
      }
      case "update": {
        // Rows of the same message do not count: paths are those of the page before it.
        if (course.made.has(id)) misfit(id);
        const changes = changesOf(operation, this.#known(id, course));
        return () => changes.forEach((values, element) => alter(element, values));
      }
      case "noop":
        this.#known(id, course);
        return () => {};
      default:
        return misfit(`action ${action}`);
    }
  }
}

/** The elements in `parsed` come. */
function enter(parsed: Element, { made }: Course): void {
  for (const element of parsed.querySelectorAll("[id]")) made.set(element.id, element);
}

/** What is set at an element: attributes, and its text under an empty name. */
type Values = [name: string, value: string | null][];

/** What an `update` sets, by element. */
function changesOf(operation: JsonObject, element: Element): Map<Element, Values> {
  const changes = new Map<Element, Values>();
  const set = (path: string, name: string, value: Json): void => {
    const at = follow(element, path);
    if (typeof value !== "string" && (value !== null || !name)) misfit(name || path);
    if (name) attributeOf(at, name);
    else if (at.firstElementChild) misfit(path);
    changes.set(at, [...(changes.get(at) ?? []), [name, value as string]]);
  };
  const part = (name: string, of: string): [path: string, value: Json][] => Object.entries(members(members(operation, of), name));
  for (const [path, value] of part("text_nodes", "content")) set(path, "", value);
  for (const [path, values] of part("attributes", "structure")) {
    for (const [name, value] of Object.entries(isObject(values) ? values : misfit(path))) set(path, name, value);
  }
  for (const [path, value] of part("classes", "styling")) set(path, "class", value);
  for (const [path, value] of part("inline_styles", "styling")) set(path, "style", value);
  return changes;
}

/** The element at a path of indices of child elements. */
function follow(element: Element, path: string): Element {
  for (const index of path === "" ? [] : path.split(".")) element = element.children[Number(index)] ?? misfit(path);
  return element;
}

function alter(element: Element, values: Values): void {
  const to = tagOf(element);
  let scope: Scope = "tag";
  for (const [name, value] of values) {
    if (name === "") {
      to.textContent = value;
      scope = "all";
    } else if (value === null) to.removeAttribute(name);
    else {
      const attribute = attributeOf(to, name);
      attribute.value = value;
      to.setAttributeNode(attribute);
    }
  }
  morph(element, to, scope);
}

/** The element's attribute of this name, or one to be set: a parser takes names that `setAttribute` refuses. */
function attributeOf(element: Element, name: string): Attr {
  const old = element.getAttributeNode(name);
  if (old) return old;
  const holder = parse(`<b ${name}></b>`, element).firstElementChild;
  const [made, ...others] = holder?.attributes ?? [];
  if (made?.name !== name.toLowerCase() || made.value || others.length > 0) return misfit(name);
  holder!.removeAttributeNode(made);
  return made;
}

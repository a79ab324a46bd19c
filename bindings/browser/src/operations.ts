// The format `operations`: elements by their ids.

import { RootApplier, type Step } from "./applier.js";
import { find, parse, parseElement } from "./html.js";
import { isObject, members, mismatch, objects, text, type Json, type JsonObject } from "./messages.js";
import { morph, tagOf } from "./morph.js";
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
    for (let at = element; at; at = at.parentElement) if (gone.has(at)) return mismatch(`the element ${id} has gone`);
    return element ?? mismatch(`there is no element ${id}`);
  }

  #prepare(operation: JsonObject, course: Course): Step {
    const id = text(operation, "fragment_id");
    const late = (): Element => this.#element(id)!;
    switch (operation.action) {
      case "replace": {
        const html = text(operation, "html");
        const element = this.#known(id, course);
        if (element === this.root) {
          const parsed = parse(html, element);
          for (const child of element.children) leave(child, course);
          course.made.clear();
          for (const child of parsed.children) enter(child, course);
          return () => morph(element, parsed, "content");
        }
        const to = parseElement(html, element.parentElement!);
        leave(element, course);
        enter(to, course);
        return () => morph(late(), to);
      }
      case "append":
      case "prepend": {
        const parsed = parse(text(operation, "html"), this.#known(id, course));
        for (const element of parsed.children) enter(element, course);
        const start = operation.action === "prepend";
        return () => insert(late(), [...parsed.childNodes], start ? late().firstChild : null);
      }
      case "insertBefore":
      case "insertAfter": {
        const after = operation.action === "insertAfter";
        const space = spaceOf(operation.space);
        const beside = text(operation, "target_id");
        const target = this.#known(beside, course);
        const parent = target.parentElement;
        if (!parent || target === this.root) return mismatch(`nothing can stand beside ${beside}`);
        if (operation.html === undefined) {
          const row = this.#known(id, course);
          if (row === target || row.contains(target)) mismatch(`${id} cannot stand beside ${beside}`);
          return () => moveBeside(late(), this.#element(beside)!, after, space);
        }
        const parsed = parse(text(operation, "html"), parent);
        for (const element of parsed.children) enter(element, course);
        return () => insertBeside(parsed, this.#element(beside)!, after, space);
      }
      case "remove": {
        const element = this.#known(id, course);
        if (element === this.root) return mismatch("the page cannot be removed");
        const space = spaceOf(operation.space);
        leave(element, course);
        return () => removeRow(late(), space);
      }
      case "update": {
        // Rows of the same message do not count: paths are those of the page before it.
        if (course.made.has(id)) mismatch(`${id} is new`);
        const element = this.#known(id, course);
        const targets = [...changesOf(operation)].map(([path, change]) => [follow(element, path), change] as const);
        for (const [at, { text: content, attributes }] of targets) {
          if (content !== undefined && at.childElementCount > 0) mismatch(`there is more than text in ${id}`);
          for (const [name] of attributes) attributeOf(at, name);
        }
        return () => targets.forEach(([at, change]) => alter(at, change));
      }
      case "noop":
        this.#known(id, course);
        return () => {};
      default:
        return mismatch(`action ${String(operation.action)} is unknown`);
    }
  }
}

/** An element comes. */
function enter(element: Element, { made }: Course): void {
  if (element.id) made.set(element.id, element);
  for (const inner of element.querySelectorAll("[id]")) made.set(inner.id, inner);
}

/** An element goes. */
function leave(element: Element, { made, gone }: Course): void {
  gone.add(element);
  for (const [id, other] of made) if (element.contains(other)) made.delete(id);
}

/** What changes at an element. */
interface Change {
  text?: string;
  attributes: [name: string, value: string | null][];
}

/** The changes of an `update`, by path. */
function changesOf(operation: JsonObject): Map<string, Change> {
  const changes = new Map<string, Change>();
  const at = (path: string): Change => {
    let change = changes.get(path);
    if (!change) changes.set(path, (change = { attributes: [] }));
    return change;
  };
  const attribute = (path: string, name: string, value: Json): void => {
    if (value !== null && typeof value !== "string") mismatch(`${name} is no text`);
    at(path).attributes.push([name, value]);
  };
  for (const [path, value] of Object.entries(members(members(operation, "content"), "text_nodes"))) {
    at(path).text = typeof value === "string" ? value : mismatch("a text is no string");
  }
  for (const [path, values] of Object.entries(members(members(operation, "structure"), "attributes"))) {
    if (!isObject(values)) mismatch("attributes are no object");
    for (const [name, value] of Object.entries(values)) attribute(path, name, value);
  }
  const styling = members(operation, "styling");
  for (const [path, value] of Object.entries(members(styling, "classes"))) attribute(path, "class", value);
  for (const [path, value] of Object.entries(members(styling, "inline_styles"))) attribute(path, "style", value);
  return changes;
}

/** The element at a path of indices of child elements. */
function follow(element: Element, path: string): Element {
  for (const index of path === "" ? [] : path.split(".")) {
    element = element.children[Number(index)] ?? mismatch(`there is no element at ${path}`);
  }
  return element;
}

function alter(element: Element, { text: content, attributes }: Change): void {
  const to = tagOf(element);
  for (const [name, value] of attributes) {
    if (value === null) to.removeAttribute(name);
    else {
      const attribute = attributeOf(to, name);
      attribute.value = value;
      to.setAttributeNode(attribute);
    }
  }
  if (content !== undefined) to.textContent = content;
  morph(element, to, content === undefined ? "tag" : "all");
}

/** The element's attribute of this name, or one to be set: a parser takes names that `setAttribute` refuses. */
function attributeOf(element: Element, name: string): Attr {
  const old = element.getAttributeNode(name);
  if (old) return old;
  const holder = parse(`<b ${name}></b>`, element).firstElementChild;
  const [made, ...others] = holder?.attributes ?? [];
  if (!made || others.length > 0 || made.name !== name.toLowerCase() || made.value !== "") return mismatch(`${name} is no name of an attribute`);
  holder!.removeAttributeNode(made);
  return made;
}

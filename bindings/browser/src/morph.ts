// Makes an element like another one while everything that the user has done to it stays: focus, selection, typed text, checked
// boxes, open dialogs and <details>, scrolling.

/** The element with the focus, and what is selected in it. */
interface Focus {
  element: HTMLElement;
  start: number | null;
  end: number | null;
}

type Movable = Element & { moveBefore?(node: Node, before: Node | null): void };

/** The state that the engine gave a <details> or <dialog>, which the user may have changed since. */
const opened = new WeakMap<Element, boolean>();

const KEYS = ["data-key", "data-lvt-key", "data-fragment-id", "id"];
/** The server has its way with an element that has this attribute. */
export const FORCE = "data-lvt-force-update";
/** Elements that are looked into although they seem to be equal: what `isEqualNode` does not see, or what may have changed since. */
const DEEP = `template,details,dialog,[${FORCE}]`;
/** Whether there are such elements in what is morphed. */
let deep = false;

/** Remembers in which state the elements with an open state inside `root` came from the engine. */
export function remember(root: Element): void {
  for (const element of root.querySelectorAll("details,dialog")) note(element);
  note(root);
}

function note(element: Element): void {
  if (/^(DETAILS|DIALOG)$/.test(element.nodeName)) opened.set(element, element.hasAttribute("open"));
}

/** What `morph` brings over: everything, the content only, or the attributes only. */
export type Scope = "all" | "content" | "tag";

/** Makes `from` like `to`, which is used up. */
export function morph(from: Element, to: Element, scope: Scope = "all"): void {
  deep = to.matches(DEEP) || to.querySelector(DEEP) !== null;
  keepFocus(from.ownerDocument, () => {
    if (scope === "content") morphChildren(from, to);
    else if (from.nodeName === to.nodeName) morphElement(from, to, scope === "tag");
    else put(from, to);
  });
}

/** Does something to the page and gives the focus back to the element that had it, if that was moved. */
export function keepFocus(document: Document, action: () => void): void {
  const focus = focused(document);
  action();
  if (focus && document.activeElement !== focus.element && focus.element.isConnected) {
    focus.element.focus({ preventScroll: true });
    if (focus.start !== null) (focus.element as HTMLInputElement).setSelectionRange(focus.start, focus.end);
  }
}

/** A copy of an element's tag as the engine sent it. */
export function tagOf(element: Element): Element {
  const copy = element.cloneNode(false) as Element;
  const open = opened.get(element);
  if (open !== undefined) copy.toggleAttribute("open", open);
  return copy;
}

function focused(document: Document): Focus | null {
  const element = document.activeElement as HTMLInputElement | null;
  if (!element || element === document.body) return null;
  const [start, end] = /^(INPUT|TEXTAREA)$/.test(element.nodeName) ? [element.selectionStart, element.selectionEnd] : [null, null];
  return { element, start, end };
}

/** Morphs `from`, or puts `to` in its place where that fails. Gives the one that is in the page now. */
function morphElement(from: Element, to: Element, tag = false): Element {
  const force = to.hasAttribute(FORCE);
  if (from.hasAttribute("lvt-ignore") && !force) return from;
  if (same(from, to)) return from;
  const active = from.ownerDocument.activeElement === from && !force;
  // What the engine said last stands in attributes and content; what the user did, in properties.
  const field = from as HTMLInputElement & HTMLSelectElement;
  const name = from.nodeName;
  const box = name === "INPUT" && /^(checkbox|radio)$/.test(field.type);
  const engine = byEngine(from);
  const user = name === "SELECT" ? selection(field) : "";
  const checked = box && field.checked;

  try {
    morphAttributes(from, to, force);
  } catch {
    // An attribute that only the parser may set (Trusted Types).
    if (tag) to.replaceChildren(...from.childNodes);
    return put(from, to);
  }
  if (tag) {
    // The content stays.
  } else if (name === "TEMPLATE") (from as HTMLTemplateElement).content.replaceChildren((to as HTMLTemplateElement).content);
  else if (!active || !(from as HTMLElement).isContentEditable) morphChildren(from, to);

  const now = byEngine(from);
  if (box) {
    // Where clicks are sent to the server, it says what is checked.
    const wanted = now !== engine || force || to.hasAttribute("lvt-on:click") ? now === "true" : checked;
    if (field.checked !== wanted) field.checked = wanted;
  } else if (force || (now !== engine && !active)) {
    if (name === "SELECT") for (const option of field.options) option.selected = option.defaultSelected;
    else if (now !== null && !from.matches("[type=file]") && field.value !== now) field.value = now;
  } else if (name === "SELECT" && selection(field) !== user) {
    for (const option of field.options) option.selected = user.includes(JSON.stringify(option.value));
  }
  return from;
}

/** What the engine has put into a field; null for other elements. */
function byEngine(element: Element): string | null {
  const name = element.nodeName;
  if (name === "SELECT") return selection(element as HTMLSelectElement, "option[selected]");
  if (name === "TEXTAREA") return element.textContent;
  if (name !== "INPUT") return null;
  const input = element as HTMLInputElement;
  return /^(checkbox|radio)$/.test(input.type) ? String(input.defaultChecked) : input.defaultValue;
}

function selection(select: HTMLSelectElement, marked?: string): string {
  const options = marked ? select.querySelectorAll<HTMLOptionElement>(marked) : select.selectedOptions;
  return JSON.stringify([...options].map((option) => option.value));
}

function put(from: Element, to: Element): Element {
  remember(to);
  from.replaceWith(to);
  return to;
}

function morphAttributes(from: Element, to: Element, force: boolean): void {
  const name = from.nodeName;
  let open = to.hasAttribute("open");
  if (name === "DETAILS" || name === "DIALOG") {
    // The user opens and closes as well: only what the engine changes counts.
    const last = opened.get(from);
    opened.set(from, open);
    if (!force && (last === undefined || last === open)) open = from.hasAttribute("open");
    if (open) to.setAttribute("open", from.getAttribute("open") ?? "");
    else if (name === "DIALOG" && from.hasAttribute("open")) (from as HTMLDialogElement).close?.();
    if (!open) to.removeAttribute("open");
  }
  for (const attribute of [...to.attributes]) {
    const old = from.getAttributeNode(attribute.name);
    if (!old) from.setAttributeNode(attribute.cloneNode() as Attr);
    else if (old.value !== attribute.value) old.value = attribute.value;
  }
  if (from.hasAttribute("lvt-ignore-attrs") && !force) return;
  for (const attribute of [...from.attributes]) {
    if (!to.hasAttribute(attribute.name)) from.removeAttributeNode(attribute);
  }
}

/** Whether there is nothing to do. */
function same(from: Node, to: Node): boolean {
  return from.isEqualNode(to) && !(deep && to.nodeType === 1 && ((to as Element).matches(DEEP) || (to as Element).querySelector(DEEP)));
}

/** What two nodes must have in common to be taken as one, before and after. */
export function kind(node: Node): string {
  if (node.nodeType !== 1) return `#${node.nodeType}`;
  const element = node as Element;
  for (const name of KEYS) {
    const key = element.getAttribute(name);
    if (key) return `${element.nodeName} ${key}`;
  }
  // Fields with other names are other fields.
  return `${element.nodeName}\n${element.getAttribute("name") ?? ""}\n${element.nodeName === "INPUT" ? element.getAttribute("type") : ""}`;
}

function morphChildren(from: Element, to: Element): void {
  let olds = [...from.childNodes];
  let news = [...to.childNodes];
  // In long lists most rows are equal: what is at both ends needs no matching.
  const most = Math.min(olds.length, news.length);
  let head = 0;
  while (head < most && same(olds[head]!, news[head]!)) head += 1;
  let tail = 0;
  while (tail < most - head && same(olds[olds.length - 1 - tail]!, news[news.length - 1 - tail]!)) tail += 1;
  let next: Node | null = olds[olds.length - tail] ?? null;
  olds = olds.slice(head, olds.length - tail);
  news = news.slice(head, news.length - tail);
  const oldKinds = olds.map(kind);
  const newKinds = news.map(kind);
  /** For each new child the index of the old one that becomes it; -1 when it comes in itself. */
  const match = new Array<number>(news.length).fill(-1);
  let start = 0;
  let oldEnd = olds.length;
  let newEnd = news.length;
  while (start < oldEnd && start < newEnd && oldKinds[start] === newKinds[start]) {
    match[start] = start;
    start += 1;
  }
  while (oldEnd > start && newEnd > start && oldKinds[oldEnd - 1] === newKinds[newEnd - 1]) {
    newEnd -= 1;
    oldEnd -= 1;
    match[newEnd] = oldEnd;
  }
  const waiting = new Map<string, number[]>();
  for (let old = oldEnd - 1; old >= start; old -= 1) {
    const others = waiting.get(oldKinds[old]!);
    if (others) others.push(old);
    else waiting.set(oldKinds[old]!, [old]);
  }
  for (let at = start; at < newEnd; at += 1) match[at] = waiting.get(newKinds[at]!)?.pop() ?? -1;
  for (const others of waiting.values()) for (const old of others) (olds[old] as ChildNode).remove();

  // What has the focus stays where it is and the others move: text may be under composition there.
  const focus = from.ownerDocument.activeElement;
  const fixed = from.contains(focus) ? match.findIndex((old) => old >= 0 && olds[old]!.contains(focus)) : -1;
  const stay = increasing(match, (at) => news[at]!.nodeType === 1 && (fixed < 0 || Math.sign(at - fixed) === Math.sign(match[at]! - match[fixed]!)));
  for (let at = news.length - 1; at >= 0; at -= 1) {
    const to = news[at]!;
    let node: Node = to;
    if (match[at]! < 0) {
      if (to.nodeType === 1) remember(to as Element);
      from.insertBefore(to, next);
    } else {
      node = olds[match[at]!]!;
      if (!stay.has(at) && node.nextSibling !== next) move(from, node, next);
      if (node.nodeType === 1) node = morphElement(node as Element, to as Element);
      else if (node.nodeValue !== to.nodeValue) node.nodeValue = to.nodeValue;
    }
    next = node;
  }
}

/** Moves a node to another place in the page, with its state where the browser can. */
export function move(parent: Element, node: Node, before: Node | null): void {
  const movable = parent as Movable;
  if (movable.moveBefore && node.isConnected && parent.isConnected) movable.moveBefore(node, before);
  else parent.insertBefore(node, before);
}

/** The places of a longest increasing run of matches of elements: these need not be moved. */
function increasing(match: number[], counts: (at: number) => boolean): Set<number> {
  const ends: number[] = [];
  const previous: number[] = [];
  for (let at = 0; at < match.length; at += 1) {
    if (match[at]! < 0 || !counts(at)) continue;
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (match[ends[middle]!]! < match[at]!) low = middle + 1;
      else high = middle;
    }
    previous[at] = low > 0 ? ends[low - 1]! : -1;
    ends[low] = at;
  }
  const run = new Set<number>();
  for (let at = ends.length > 0 ? ends[ends.length - 1]! : -1; at >= 0; at = previous[at]!) run.add(at);
  return run;
}

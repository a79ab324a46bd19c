// Rows come, go and move with the white space that belongs to them in the template.

import { keepFocus, move, remember } from "./morph.js";
import { mismatch, type Json } from "./messages.js";

/** UTF-16 units of white space directly before and after a row. */
export type Space = [before: number, after: number];

/** The `space` of an operation. */
export function spaceOf(value: Json | undefined): Space {
  if (value == null) return [0, 0];
  const fits = Array.isArray(value) && value.length === 2 && value.every((units) => Number.isSafeInteger(units) && (units as number) >= 0);
  return fits ? (value as Space) : mismatch("space is no pair of counts");
}

/** Takes a row out of the page. */
export function removeRow(row: Element, space: Space): void {
  takeSpace(row, space);
  const { previousSibling, nextSibling } = row;
  row.remove();
  join(previousSibling, nextSibling);
}

/** Puts the nodes in `parsed` beside `target`. */
export function insertBeside(parsed: Element, target: Element, after: boolean, space: Space): void {
  insert(target.parentElement!, [...parsed.childNodes], place(target, after, space));
}

/** Puts nodes in front of `before`. */
export function insert(parent: Element, nodes: ChildNode[], before: Node | null): void {
  for (const node of nodes) {
    if (node.nodeType === 1) remember(node as Element);
    parent.insertBefore(node, before);
  }
  if (nodes.length === 0) return;
  join(nodes[nodes.length - 1]!, before);
  join(nodes[0]!.previousSibling, nodes[0]!);
}

/** Moves a row that is in the page beside `target`. */
export function moveBeside(row: Element, target: Element, after: boolean, space: Space): void {
  keepFocus(row.ownerDocument, () => {
    const [before, behind] = takeSpace(row, space);
    const { previousSibling, nextSibling } = row;
    const parent = target.parentElement!;
    const next = place(target, after, space);
    if (next === row) return row.before(before), row.after(behind), tidy(row);
    move(parent, row, next);
    join(previousSibling, nextSibling);
    row.before(before);
    row.after(behind);
    tidy(row);
  });
}

/** Removes the white space of a row and gives it. */
function takeSpace({ previousSibling: before, nextSibling: after }: Element, [front, back]: Space): [before: string, after: string] {
  return [
    isText(before) ? cut(before, Math.max(0, before.length - front), front) : "",
    isText(after) ? cut(after, 0, back) : "",
  ];
}

function cut(text: Text, at: number, units: number): string {
  const taken = text.substringData(at, units);
  text.deleteData(at, units);
  if (text.length === 0) text.remove();
  return taken;
}

/** The node in front of which something goes beside `target`: not between that and its white space. */
function place(target: Element, after: boolean, [front, behind]: Space): Node | null {
  const text = after ? target.nextSibling : target.previousSibling;
  const units = after ? behind : front;
  if (!isText(text) || units === 0) return after ? text : target;
  if (text.length <= units) return after ? text.nextSibling : text;
  return text.splitText(after ? units : text.length - units);
}

const isText = (node: Node | null): node is Text => node?.nodeType === 3;

/** Makes two neighbouring texts one, as a parser would. */
function join(first: Node | null, second: Node | null): void {
  if (!isText(first) || !isText(second) || first.nextSibling !== second) return;
  first.appendData(second.data);
  second.remove();
}

/** Makes the texts on each side of an element one. */
function tidy(element: Element): void {
  for (const text of [element.previousSibling, element.nextSibling]) {
    if (!isText(text)) continue;
    for (let before = text.previousSibling; isText(before); before = text.previousSibling) {
      text.insertData(0, before.data);
      before.remove();
    }
    while (isText(text.nextSibling)) join(text, text.nextSibling);
    if (text.data === "") text.remove();
  }
}

// Rows come, go and move with the white space that belongs to them in the template.

import { keepFocus, move, remember } from "./morph.js";
import { isCount, misfit, type Json } from "./messages.js";

/** UTF-16 units of white space directly before and after a row. */
export type Space = [before: number, after: number];

/** The `space` of an operation. */
export function spaceOf(value: Json | undefined): Space {
  const space = value ?? [0, 0];
  return Array.isArray(space) && space.length === 2 && space.every(isCount) ? (space as Space) : misfit("space");
}

/** Takes a row out of the page. */
export function removeRow(row: Element, space: Space): void {
  takeSpace(row, space);
  const { previousSibling } = row;
  row.remove();
  join(previousSibling);
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
  join(before);
  join(nodes[0]);
}

/** Moves a row that is in the page beside `target`. */
export function moveBeside(row: Element, target: Element, after: boolean, space: Space): void {
  keepFocus(row.ownerDocument, () => {
    const taken = takeSpace(row, space);
    const { previousSibling } = row;
    const next = place(target, after, space);
    if (next !== row) move(target.parentElement!, row, next);
    row.before(taken[0]);
    row.after(taken[1]);
    join(previousSibling);
    join(row.previousSibling);
    join(row.nextSibling);
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

const isText = (node: Node | null | undefined): node is Text => node?.nodeType === 3;

/** Makes the texts that stand together with `node` one, as a parser would. */
function join(node: Node | null | undefined): void {
  if (!isText(node)) return;
  let text = node;
  while (isText(text.previousSibling)) text = text.previousSibling;
  while (isText(text.nextSibling)) {
    text.appendData(text.nextSibling.data);
    text.nextSibling.remove();
  }
  if (text.length === 0) text.remove();
}

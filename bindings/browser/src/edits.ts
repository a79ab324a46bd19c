// What changes where two HTML texts have the same tags in the same order: a parser makes the same elements of them, in which
// only texts and attributes differ.

import type { Step } from "./applier.js";
import { parseOne } from "./html.js";
import { FORCE, kind, morph, tagOf } from "./morph.js";
import { startTagEnd } from "./scan.js";

/** Where more changes, the whole page is compared. */
const MOST = 200;
/** What becomes of these depends on what is around them. */
const APART = "option,optgroup,[lvt-ignore],[contenteditable]";

const nameOf = (piece: string): string => /^[a-z][^\t\n\f\r />]*/i.exec(piece)?.[0] ?? "";

/**
 * What brings the content of `root` from the HTML `before` to `after`, when that is a few texts and start tags and it is sure
 * which elements these are; else null. An element has the same number among those of its name in the text and in the
 * page, where there are equally many, and it is as `before` has it.
 */
export function edits(before: string, after: string, root: Element): Step[] | null {
  // An element that is forced is visited even when it stays.
  if (after.includes(FORCE)) return null;
  const olds = before.split("<");
  const news = after.split("<");
  if (olds.length !== news.length) return null;
  const changed = [...news.keys()].filter((at) => olds[at] !== news[at]);
  if (changed.length > MOST) return null;
  const places = new Map<string, number[]>();
  const steps: Step[] = [];
  for (const at of changed) {
    const old = `<${olds[at]}`;
    const now = `<${news[at]}`;
    const name = nameOf(news[at]!);
    const oldTag = old.slice(0, startTagEnd(old, 0));
    const tag = now.slice(0, startTagEnd(now, 0));
    const text = old.slice(oldTag.length) !== now.slice(tag.length);
    // A text must be all that is in its element.
    if (nameOf(olds[at]!) !== name || (text && nameOf(news[at + 1]?.slice(1) ?? "") !== name)) return null;
    let same = places.get(name);
    if (!same) {
      same = [...news.keys()].filter((other) => news[other]!.startsWith(name) && nameOf(news[other]!) === name);
      places.set(name, same);
    }
    const elements = root.getElementsByTagName(name);
    const element = elements[same.indexOf(at)];
    if (!element || elements.length !== same.length || element.closest(APART)) return null;
    const was = parseOne(text ? old : oldTag, element.parentElement!);
    const to = parseOne(text ? now : tag, element.parentElement!);
    const is = tagOf(element);
    if (text) is.textContent = element.textContent;
    // Another key is another element.
    if (!to || !was?.isEqualNode(is) || kind(was) !== kind(to) || (text && element.firstElementChild)) return null;
    steps.push(() => morph(element, to, text ? "all" : "tag"));
  }
  return steps;
}

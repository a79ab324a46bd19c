// From HTML text to nodes that are not in the page yet. Nothing in them runs and nothing is loaded.

import { mismatch } from "./messages.js";

/** The name of the Trusted Types policy, for the header `trusted-types livetemplate`. */
export const POLICY = "livetemplate";

type Factory = { createPolicy(name: string, rules: { createHTML(html: string): string }): { createHTML(html: string): string } };

let policy: { createHTML(html: string): string } | undefined;

/** What `innerHTML` takes. The HTML is the engine's, escaped for its places. */
function trusted(document: Document, html: string): string {
  const factory = (document.defaultView as { trustedTypes?: Factory } | null)?.trustedTypes;
  if (!policy && factory) policy = factory.createPolicy(POLICY, { createHTML: (text) => text });
  return policy ? policy.createHTML(html) : html;
}

const inert = new WeakMap<Document, { document: Document; noscript: boolean }>();

/** A document that shows nothing, and whether only the page's own parser reads the content of <noscript> as text. */
function quiet(live: Document): { document: Document; noscript: boolean } {
  let found = inert.get(live);
  if (!found) {
    const Parser = live.defaultView?.DOMParser;
    // In the mode of the page: in quirks mode a table stands in an open <p>, otherwise it closes it.
    const doctype = live.compatMode === "CSS1Compat" ? "<!DOCTYPE html>" : "";
    const document = Parser ? new Parser().parseFromString(trusted(live, doctype), "text/html") : live.implementation.createHTMLDocument("");
    const [here, there] = [live, document].map((owner) => {
      const probe = owner.createElement("p");
      probe.innerHTML = trusted(live, "<noscript><b></b></noscript>");
      return probe.querySelector("b");
    });
    found = { document, noscript: !here && !!there };
    inert.set(live, found);
  }
  return found;
}

/** Parses `html` as the content of an element like `context`; the nodes are children of the element it gives. */
export function parse(html: string, context: Element): Element {
  const live = context.ownerDocument;
  const { document, noscript } = quiet(live);
  const parent = document.importNode(context, false);
  parent.innerHTML = trusted(live, html);
  if (noscript && /<noscript/i.test(html)) {
    // The quiet document runs no scripts, so its parser has read as elements what is text in the page.
    for (const element of parent.querySelectorAll("noscript")) element.textContent = element.innerHTML;
  }
  return parent;
}

/** Parses `html` for a place in `parent`; null when it is not one element with nothing but white space around it. */
export function parseOne(html: string, parent: Element): Element | null {
  const parsed = parse(html, parent);
  const [element, ...more] = [...parsed.childNodes].filter((node) => node.nodeType !== 3 || /\S/.test(node.nodeValue!));
  return element?.nodeType === 1 && more.length === 0 ? (element as Element) : null;
}

/** The same, where it must be one. */
export function parseElement(html: string, parent: Element): Element {
  return parseOne(html, parent) ?? mismatch("no single element");
}

/** The first element inside `root` whose attribute `name` is `value`. */
export function find(root: Element, name: string, value: string): Element | null {
  const quoted = value.replace(/["\\\0-\x1f]/g, (character) => `\\${character.charCodeAt(0).toString(16)} `);
  return root.querySelector(`[${name}="${quoted}"]`);
}

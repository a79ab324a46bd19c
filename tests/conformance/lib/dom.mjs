// The published client's whole way of applying messages to a page, in jsdom: its fast path, else rebuild and morph.
import { createRequire } from 'node:module';
import { JSDOM } from 'jsdom';

const require = createRequire(import.meta.url);

const { window } = new JSDOM('<!DOCTYPE html><body></body>', { url: 'http://localhost/', pretendToBeVisual: false });
// The client is written for a browser: what it takes from the global object is jsdom's.
for (const name of Object.getOwnPropertyNames(window)) {
  if (!(name in globalThis)) Object.defineProperty(globalThis, name, { configurable: true, get: () => window[name] });
}
// Counts the ranges that took the fast path, when it is there.
window.__lvtTargetedHits = 0;

const { LiveTemplateClient } = require('@livetemplate/client');

const quiet = { debug() {}, info() {}, warn() {}, error() {}, isDebugEnabled: () => false, setLevel() {}, child: () => quiet };

/** A browser tab that shows `region` and then gets messages. */
export class Tab {
  constructor(region) {
    this.wrapper = window.document.createElement('div');
    this.wrapper.setAttribute('data-lvt-id', 'x');
    this.wrapper.innerHTML = region;
    window.document.body.replaceChildren(this.wrapper);
    this.client = new LiveTemplateClient({ logger: quiet });
    this.client.wrapperElement = this.wrapper;
  }

  /** Applies a tree as a message of the socket would be. */
  apply(tree) {
    this.client.updateDOM(this.wrapper, tree);
  }

  /** The page's DOM as HTML. */
  html() {
    return shown(this.wrapper);
  }
}

/** `region` as the browser would write it after parsing it. */
export function parsed(region) {
  const element = window.document.createElement('div');
  element.innerHTML = region;
  return shown(element);
}

/** What is in an element. Whether a box is checked is the user's: the client leaves it as it is. */
function shown(element) {
  const copy = element.cloneNode(true);
  for (const box of copy.querySelectorAll('input[checked]')) box.removeAttribute('checked');
  return copy.innerHTML;
}

/** How many ranges took the fast path so far. */
export function fastPaths() {
  return window.__lvtTargetedHits;
}

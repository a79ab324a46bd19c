// A client of a format that addresses elements, in a page of jsdom or of a browser.
import { createHash } from 'node:crypto';
import { difference } from './client.mjs';
import { bodyOf, isSayable } from './parsed.mjs';
import { checkControl, checkUpdate } from './schema.mjs';
import { openTab } from './tab.mjs';

/** How exact docs/wire.md has it. Turbo makes every script anew, as one of HTML, and in jsdom its `noscript` has text in it where ours has elements. htmx takes `class` for a set, drops an empty one, and with Chromium's parser all comments. */
export const HOW = { turbo: { loose: true, scripts: true, noscripts: true }, htmx: { loose: true, comments: true, classes: true } };
/** The formats that take the `id` attribute for an element's name. */
const BY_ID = new Set(['turbo', 'htmx', 'operations']);
/** The formats with control messages. */
const OWN = new Set(['operations', 'fragments', 'patches']);

/** What a format adds to a page: a name for the live region, or an element around it, and names for elements. */
const REGION = `f-${createHash('sha256').update('live region').digest('hex').slice(0, 16)}`;
const OPEN = new RegExp(`<div (?:(?:id|data-fragment-id)="${REGION}"(?: data-lvt-wire="[a-z]+")?|data-lvt-id="[0-9a-f]+")>`);
const ADDED = / (?:(?:id|data-fragment-id)="f-[0-9a-f]{16}(?:-[0-9]+)?"|data-lvt-wire="[a-z]+")/g;

/** A page without what the format adds. */
export function plain(html) {
  const end = /<\/div>(?=<\/body)|<\/div>$/i;
  return (OPEN.test(html) ? html.replace(OPEN, '').replace(end, '') : html).replace(ADDED, '');
}

const tabs = new Map();

/** The page that all journeys of a format go through, one after another. */
export async function tabOf(wire, where) {
  const name = `${wire} ${where}`;
  if (!tabs.has(name)) tabs.set(name, await openTab(wire, where));
  return tabs.get(name);
}

export async function closeTabs() {
  for (const tab of tabs.values()) await tab.close();
  tabs.clear();
}

/** Two elements of the page have the same id: the format has no answer to that, and the journey ends. */
export class EqualIds extends Error {}

/** The page, given without what the format adds, is what a browser makes of the host's HTML: the browser in the tab, else the parser alone. */
export async function sameAsHost(tab, plain, html, at, count = () => {}) {
  const found = tab ? await tab.call('hostDifference', plain, html) : bodyOf(plain) === bodyOf(html) ? null : difference(bodyOf(plain), bodyOf(html));
  if (!found) return;
  if (isSayable(html)) throw new Error(`${at}: the page is not the host's ${found}`);
  count('HTML that no HTML can say');
}

export class ElementClient {
  constructor(page, { wire, where }, count) {
    Object.assign(this, { page, wire, where, count, how: HOW[wire] ?? {}, compared: 0 });
  }

  async open() {
    this.tab = await tabOf(this.wire, this.where);
    this.held = this.first = this.page.render();
    this.firstResync = this.resync();
    await this.refuseEqualIds();
    await this.show(this.first, this.firstResync);
  }

  /** Opens a page as a browser does, and its connection. */
  async show(html, resync) {
    await this.tab.call('show', html, this.wire, resync);
  }

  resync() {
    const message = this.page.resync().toString();
    if (OWN.has(this.wire)) checkControl(JSON.parse(message));
    return message;
  }

  /** The engine's messages are as the schemas have them. */
  check(update) {
    if (this.wire === 'patches') for (const message of [JSON.parse(update.payload)].flat()) checkUpdate(message);
    if (OWN.has(this.wire)) for (const errors of [undefined, { name: 'no name' }]) checkControl(JSON.parse(update.reply({ action: 'save', errors })));
  }

  /** The client says what it has, and the engine has no objection. */
  async acknowledge(at) {
    const ack = await this.tab.call('ack', this.wire);
    checkControl(JSON.parse(ack));
    const answer = this.page.receive(ack);
    if (answer.length > 0) throw new Error(`${at}: to ${ack} the engine answers ${answer}`);
  }

  /** `page.render()` without what the format adds. */
  plain() {
    return plain(this.page.render());
  }

  async forward(update) {
    this.check(update);
    const done = await this.tab.call('apply', this.wire, update.payload.toString());
    for (const [action, element, made] of done) {
      this.count(`action: ${action}`);
      this.count(`element: ${element}`);
      this.count(made ? 'id: made' : 'id: own');
    }
  }

  async receive(at, update) {
    if (!update.isEmpty) await this.forward(update);
    this.held = this.page.render();
    await this.refuseEqualIds();
    await this.compare(`${at}: the page${update.isEmpty ? ' after an empty update' : ''}`);
    if (OWN.has(this.wire) && !update.isEmpty) await this.acknowledge(at);
  }

  async refuseEqualIds() {
    if (BY_ID.has(this.wire) && (await this.tab.call('hasEqualIds', this.held))) throw new EqualIds();
  }

  /** A client that shows something else comes to the same page by a resync. It is the one that goes on. */
  async compareNew(at) {
    if (++this.compared % 5 !== 0) return;
    await this.show(this.first, this.firstResync);
    // A client of `operations` may say what it has of the page.
    const greeting = this.wire === 'operations' && this.compared % 2 === 0 ? await this.tab.call('greet', this.wire) : null;
    if (greeting) checkControl(JSON.parse(greeting));
    const kind = greeting ? 'handshake' : 'resync';
    this.count(kind);
    if (greeting) await this.tab.call('greeted', this.wire, this.page.receive(greeting).toString());
    else await this.tab.call('resync', this.wire, this.resync());
    await this.compare(`${at}: after a ${kind} the page`);
  }

  async compare(what) {
    const other = await this.tab.call('difference', this.held, this.how);
    if (other) throw new Error(`${what} differs ${other}`);
  }

  /** The page is what a browser makes of the host's HTML. */
  async compareHost(at, html) {
    await sameAsHost(this.where === 'chromium' ? this.tab : null, this.plain(), html, at, this.count);
  }

  stayed(at) {
    if (this.page.render() !== this.held) throw new Error(`${at}: page.render() is not what it was`);
  }

  beside() {}
}

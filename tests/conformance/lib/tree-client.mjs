// A client of the format `tree`: the published client's renderer, and in `dom` mode its way of changing the DOM.
import { difference, newRenderer, pushedTree } from './client.mjs';
import { Tab, parsed } from './dom.mjs';
import { sameAsHost } from './element-client.mjs';
import { splitPage } from './transcript.mjs';
import { countUpdate, sameTree, treeSize } from './tree.mjs';

function same(what, got, want) {
  if (got !== want) throw new Error(`${what} differs ${difference(got, want)}`);
}

export class TreeClient {
  constructor(page, { dom }, count) {
    Object.assign(this, { page, count, held: '', tab: null });
    this.renderer = newRenderer();
    const region = this.region();
    const tree = pushedTree(page.tree());
    same('the first tree', this.renderer.applyUpdate(structuredClone(tree)).html, region);
    this.held = region;
    this.size = treeSize(tree);
    if (dom) {
      this.tab = new Tab(region);
      this.tab.apply(structuredClone(tree));
      same('the first DOM', this.tab.html(), parsed(region));
    }
  }

  region() {
    return splitPage(this.page.render()).region;
  }

  /** `page.render()` without what the format adds. */
  plain() {
    const { before, region, after } = splitPage(this.page.render());
    return before + region + after;
  }

  /** Applies an update after which nothing is compared. */
  forward(update) {
    const change = pushedTree(update.payload);
    this.held = this.renderer.applyUpdate(structuredClone(change)).html;
    this.tab?.apply(structuredClone(change));
  }

  /** Applies an update and compares with the page. */
  receive(at, update) {
    const now = this.region();
    if (update.isEmpty) {
      if (this.held !== now) throw new Error(`${at}: an empty update although the page changed ${difference(this.held, now)}`);
      return;
    }
    countUpdate(pushedTree(update.payload), this.renderer.getTreeState(), this.count);
    if (this.size > 100 && update.stats.slotsEvaluated * 4 < this.size) this.count('little of a long page evaluated');
    this.forward(update);
    same(`${at}: the client`, this.held, now);
    if (this.tab) same(`${at}: the DOM`, this.tab.html(), parsed(now));
  }

  /** The client holds what a new one would be sent, keys included: they are what the next update names. */
  compareNew(at) {
    const tree = pushedTree(this.page.tree());
    const other = sameTree(this.renderer.getTreeState(), tree, 'tree');
    if (other) throw new Error(`${at}: the client's tree is not the page's: ${other}`);
    this.size = treeSize(tree);
    same(`${at}: a new client`, newRenderer().applyUpdate(tree).html, this.held);
  }

  /** The page is what a browser makes of the host's HTML. */
  async compareHost(at, html) {
    await sameAsHost(null, this.plain(), html, at, this.count);
  }

  /** After a step that failed. */
  stayed(at) {
    same(`${at}: page.render()`, this.region(), this.held);
    this.compareNew(at);
  }

  /** While newer data is set aside. */
  beside() {
    same('the tree beside data set aside', newRenderer().applyUpdate(pushedTree(this.page.tree())).html, this.held);
  }
}

// Going a journey: after every step the client, fed our updates, must hold what the template renders from scratch.
import { isDeepStrictEqual } from 'node:util';
import { Application, Template } from './binding.mjs';
import { difference, newRenderer, pushedTree } from './client.mjs';
import { applyOps, clone, isJson, isPlain, mergePatch, show, spell } from './data.mjs';
import { Tab, parsed } from './dom.mjs';
import { clock, functions } from './functions.mjs';
import { splitPage } from './transcript.mjs';
import { countUpdate, sameTree, treeSize } from './tree.mjs';

const app = new Application({ maxPages: 10 });

/** The codes of limits. */
const LIMITS = new Set(['StepsExceeded', 'OutputExceeded']);

function same(what, got, want) {
  if (got !== want) throw new Error(`${what} differs ${difference(got, want)}`);
}

/** What a call gives: `{value}` or `{error}`. */
function outcome(call) {
  try {
    return { value: call() };
  } catch (error) {
    return { error };
  }
}

/**
 * Goes a journey `{source, limits, first, steps}`; throws at the first thing that is wrong.
 *
 * A step is `{how, ops, data, tick, spelling, native}`: the data it leads to, the operations that make it of the data before,
 * what volatile functions show from then on, how JSON text is written, and whether there may be values that it does not have. One that the template cannot show must fail, and the page stays where it was.
 *
 * `mode` is `string` or `dom`; `count(name)` is told what happened. `steps` may be a function that draws the next step from the data
 * before it, or gives null at the end. Gives the steps made.
 */
export function walk({ sources, options, limits, first, steps }, mode, count = () => {}, seen = () => {}) {
  const compiled = template(sources, options);
  const bounded = limits ? template(sources, { ...options, ...limits }) : compiled;
  clock.now = 0;
  const begin = outcome(() => app.newPage(bounded, first));
  if (begin.error) {
    const plain = outcome(() => bounded.render(first));
    if (!plain.error && !LIMITS.has(begin.error.name)) throw begin.error;
    return 0;
  }
  const page = begin.value;
  try {
    const journey = new Journey(page, compiled, first, mode, count);
    let made = 0;
    for (; ; made++) {
      const step = typeof steps === 'function' ? steps(journey.data, made) : steps[made];
      if (!step) break;
      seen(step);
      journey.step(step, made);
    }
    if (!page.patch([]).isEmpty) throw new Error('an empty patch sends something');
    return made;
  } finally {
    page.close();
  }
}

/** Whether a page can be made within the limits. */
export function fits(sources, limits, data) {
  const made = outcome(() => app.newPage(template(sources, limits), data));
  made.value?.close();
  return !made.error || !LIMITS.has(made.error.name);
}

function template(sources, options) {
  return typeof sources === 'string' ? new Template(sources, { name: 'journey', functions, ...options }) : Template.fromSources(sources, { functions, ...options });
}

class Journey {
  constructor(page, compiled, first, mode, count) {
    Object.assign(this, { page, compiled, data: first, mode, count, failed: false });
    this.html = compiled.render(first);
    this.renderer = newRenderer();
    const region = this.rendered('the first page');
    const tree = pushedTree(page.tree());
    same('the first tree', this.renderer.applyUpdate(structuredClone(tree)).html, region);
    this.held = region;
    this.size = treeSize(tree);
    if (mode === 'dom') {
      this.tab = new Tab(region);
      this.tab.apply(structuredClone(tree));
      same('the first DOM', this.tab.html(), parsed(region));
    }
  }

  /** The live region of the page, which must show what the template makes of the data. */
  rendered(what, html = this.html) {
    const { before, region, after } = splitPage(this.page.render());
    same(`${what}: page.render()`, before + region + after, html);
    return region;
  }

  step(step, index) {
    const { how, data, tick } = step;
    const at = `step ${index + 1} (${how})`;
    const { page, compiled } = this;
    if (tick !== undefined) clock.now = tick;
    const expected = outcome(() => compiled.render(data));
    const done = outcome(() => this.lead(step, expected));
    if (done.error) {
      if (!expected.error && !LIMITS.has(done.error.name)) throw done.error;
      if (expected.error && !LIMITS.has(done.error.name)) same(`${at}: the error`, done.error.message, expected.error.message);
      this.count(expected.error ? 'error' : 'limit');
      this.stayed(at);
      this.failed = true;
      return;
    }
    if (expected.error) throw new Error(`${at}: no error, but ${expected.error.message}`);
    if (this.failed) this.count('error, then good');
    this.failed = false;
    this.data = data;
    this.html = expected.value;
    const update = done.value;
    const small = this.html.length < 20_000;
    try {
      if ((small || index % 8 === 0) && !isDeepStrictEqual(page.data(), data)) throw new Error(`${at}: page.data() is ${show(page.data())}`);
      // (Text that is not UTF-8 has another length here.)
      const { fullRenderBytes } = update.stats;
      if (!this.html.includes('\ufffd') && fullRenderBytes !== Buffer.byteLength(this.html)) throw new Error(`${at}: stats.fullRenderBytes is ${fullRenderBytes}, it has ${Buffer.byteLength(this.html)}`);
      const now = this.rendered(at);
      this.receive(at, update, now);
      if (small || index % 4 === 0) this.compareTrees(at, now);
    } catch (error) {
      throw new Error(`${error.message || error}\n    update ${update.payload}`, { cause: error });
    }
  }

  /** Applies an update to the client. */
  receive(at, update, now) {
    this.count(update.isEmpty ? 'an empty update' : 'an update');
    if (update.isEmpty) {
      if (this.held !== now) throw new Error(`${at}: an empty update although the page changed ${difference(this.held, now)}`);
      return;
    }
    const change = pushedTree(update.payload);
    countUpdate(change, this.renderer.getTreeState(), this.count);
    if (this.size > 100 && update.stats.slotsEvaluated * 4 < this.size) this.count('little of a long page evaluated');
    this.held = this.renderer.applyUpdate(structuredClone(change)).html;
    same(`${at}: the client`, this.held, now);
    if (this.tab) {
      this.tab.apply(structuredClone(change));
      same(`${at}: the DOM`, this.tab.html(), parsed(now));
    }
  }

  /** The client holds what a new one would be sent, keys included: they are what the next update names. */
  compareTrees(at, now) {
    const tree = pushedTree(this.page.tree());
    const other = sameTree(this.renderer.getTreeState(), tree, 'tree');
    if (other) throw new Error(`${at}: the client's tree is not the page's: ${other}`);
    this.size = treeSize(tree);
    same(`${at}: a new client`, newRenderer().applyUpdate(tree).html, now);
  }

  /** The page is where it was before a step that failed. */
  stayed(at) {
    if (!isDeepStrictEqual(this.page.data(), this.data)) throw new Error(`${at}: after the error page.data() is ${show(this.page.data())}`);
    const { region } = splitPage(this.page.render());
    same(`${at}: after the error page.render()`, region, this.held);
    const tree = pushedTree(this.page.tree());
    const other = sameTree(this.renderer.getTreeState(), tree, 'tree');
    if (other) throw new Error(`${at}: after the error the client's tree is not the page's: ${other}`);
  }

  /** Leads the page to the data, the way `how` names. Gives the update. */
  lead({ how, ops, data, spelling, native }, expected) {
    const { page } = this;
    switch (how) {
      case 'update':
        return page.update(data);
      case 'update copy':
        return page.update(clone(data));
      case 'update json':
        return native && !isJson(data) ? page.update(data) : page.updateJson(spell(data, spelling), { times: true });
      case 'patch':
        return page.patch(ops);
      case 'patch json':
        return native && !isJson(ops) ? page.patch(ops) : page.patchJson(spell(ops, spelling), { times: true });
      case 'one by one': {
        // Several operations as updates of their own would be several steps, so all but the last are set aside.
        let now = this.data;
        for (const op of ops.slice(0, -1)) {
          now = applyOps(now, [op]);
          page.setData(now);
        }
        return this.aside(() => page.patch(ops.slice(-1)));
      }
      case 'merge': {
        const patch = mergePatch(this.data, data);
        return isPlain(patch) ? page.patch(patch) : page.patch(ops);
      }
      case 'set':
        page.setData(data);
        return this.aside(() => {
          if (!expected.error) {
            this.rendered('data set aside', expected.value);
            same('the tree beside data set aside', newRenderer().applyUpdate(pushedTree(page.tree())).html, this.held);
          }
          return page.patch([]);
        });
      case 'set and update':
        // What was set aside is never shown.
        page.setData(ops.length > 1 ? applyOps(this.data, ops.slice(0, 1)) : {});
        return this.aside(() => page.update(data));
      case 'failing test': {
        const failed = outcome(() => page.patch([...ops, { op: 'test', path: '', value: 'no such data' }]));
        if (failed.error?.name !== 'InvalidPatch') throw new Error(`a failing test gives ${failed.error}`);
        this.stayed('failing test');
        return page.patch(ops);
      }
      case 'again': {
        const update = page.update(data);
        if (!page.update(clone(data)).isEmpty || !page.patch([]).isEmpty) throw new Error('the same data again sends something');
        return update;
      }
      case 'there and back': {
        const updates = [page.update(data), page.update(clone(this.data))];
        for (const update of updates) if (!update.isEmpty) this.held = this.forward(pushedTree(update.payload));
        return page.patch(ops);
      }
      default:
        throw new Error(how);
    }
  }

  forward(change) {
    const { html } = this.renderer.applyUpdate(structuredClone(change));
    this.tab?.apply(structuredClone(change));
    return html;
  }

  /** Data set aside stays aside when the update fails: then the old data is brought back. */
  aside(call) {
    const done = outcome(call);
    if (!done.error) return done.value;
    const back = this.page.update(this.data);
    if (!back.isEmpty) this.held = this.forward(pushedTree(back.payload));
    throw done.error;
  }
}

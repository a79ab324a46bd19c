// Going a journey: after every step the client, fed our updates, must hold what the template renders from scratch.
import { isDeepStrictEqual } from 'node:util';
import { Application, Template } from './binding.mjs';
import { difference } from './client.mjs';
import { applyOps, clone, isJson, isPlain, mergePatch, show, spell } from './data.mjs';
import { ElementClient, EqualIds } from './element-client.mjs';
import { clock, functions } from './functions.mjs';
import { TreeClient } from './tree-client.mjs';

const app = new Application({ maxPages: 10 });

/** The codes of limits. */
const LIMITS = new Set(['StepsExceeded', 'OutputExceeded']);

function same(what, got, want) {
  if (got !== want) throw new Error(`${what} differs ${difference(got, want)}`);
}

/** What a call gives: `{value}` or `{error}`. */
async function outcome(call) {
  try {
    return { value: await call() };
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
 * `mode` is `{wire, where}` for a format in a page that has its client, and `{dom}` for the published client; with `host` the HTML of the
 * template comes from the host. `count(name)` is told what happened. `steps` may be a function that draws the next step from the
 * data before it, or gives null at the end. Gives the steps made.
 */
export async function walk(journey, mode, count = () => {}, seen = () => {}) {
  return mode.host ? walkHost(journey, mode, count, seen) : walkTemplate(journey, mode, count, seen);
}

async function walkTemplate({ sources, options, limits, first, steps }, mode, count, seen) {
  const compiled = template(sources, options);
  const bounded = limits ? template(sources, { ...options, ...limits }) : compiled;
  clock.now = 0;
  const begin = await outcome(() => app.newPage(bounded, first, { wire: mode.wire }));
  if (begin.error) {
    const plain = await outcome(() => bounded.render(first));
    if (!plain.error && !LIMITS.has(begin.error.name)) throw begin.error;
    return 0;
  }
  const page = begin.value;
  return until(page, count, async () => {
    const client = await clientOf(page, mode, count);
    const journey = new Journey(page, client, compiled, first, count);
    journey.rendered('the first page');
    let made = 0;
    for (; ; made++) {
      const step = next(steps, journey.data, made);
      if (!step) break;
      seen(step);
      await journey.step(step, made);
    }
    if (!page.patch([]).isEmpty) throw new Error('an empty patch sends something');
    return made;
  });
}

/** Goes over a page to its end, or to where two of its elements have the same id, and closes it. */
async function until(page, count, go) {
  try {
    return await go();
  } catch (error) {
    if (!(error instanceof EqualIds)) throw error;
    count('equal ids');
    return 0;
  } finally {
    page.close();
  }
}

/** Whether a page can be made within the limits. */
export function fits(sources, limits, data) {
  try {
    app.newPage(template(sources, limits), data).close();
    return true;
  } catch (error) {
    return !LIMITS.has(error.name);
  }
}

function template(sources, options) {
  return typeof sources === 'string' ? new Template(sources, { name: 'journey', functions, ...options }) : Template.fromSources(sources, { functions, ...options });
}

/**
 * Goes a journey whose templates stand for any way in which a host renders HTML: `mode` has `host`. The page gets the HTML alone, and
 * what the client shows must be what a browser makes of it.
 */
async function walkHost({ sources, options, first, steps }, mode, count, seen) {
  const host = template(sources, options);
  // A page without a doctype would be parsed in another mode than the one that messages come to.
  const render = (data) => host.render(data).replace(/^(?!\s*<!doctype)/i, '<!DOCTYPE html>');
  clock.now = 0;
  const begin = await outcome(() => render(first));
  if (begin.error) return 0;
  let data = first;
  let html = begin.value;
  const page = app.newPageFromHtml(html, { wire: mode.wire });
  return until(page, count, async () => {
    const client = await clientOf(page, mode, count);
    await client.compareHost('the first page', html);
    let made = 0;
    for (; ; made++) {
      const step = next(steps, data, made);
      if (!step) break;
      seen(step);
      if (step.tick !== undefined) clock.now = step.tick;
      const at = `step ${made + 1} (${step.how})`;
      const rendered = await outcome(() => render(step.data));
      if (rendered.error) {
        count('error');
        continue;
      }
      let update = page.updateHtml(rendered.value);
      if (step.how === 'there and back') {
        for (const again of [html, rendered.value]) {
          if (!update.isEmpty) await client.forward(update);
          update = page.updateHtml(again);
        }
      }
      [data, html] = [step.data, rendered.value];
      count(update.isEmpty ? 'an empty update' : 'an update');
      try {
        await client.receive(at, update);
        await client.compareHost(at, html);
        await client.compareNew(at);
      } catch (error) {
        if (error instanceof EqualIds) throw error;
        throw new Error(`${error.message || error}\n    update ${update.payload}`, { cause: error });
      }
      if (!page.updateHtml(html).isEmpty) throw new Error(`${at}: the same HTML again sends something`);
    }
    return made;
  });
}

/** The client that a page's messages are for. */
async function clientOf(page, mode, count) {
  const client = mode.wire ? new ElementClient(page, mode, count) : new TreeClient(page, mode, count);
  await client.open?.();
  return client;
}

/** The next step: of a list, or drawn from the data before it; null at the end. */
const next = (steps, data, made) => (typeof steps === 'function' ? steps(data, made) : steps[made]);

class Journey {
  constructor(page, client, compiled, first, count) {
    Object.assign(this, { page, client, compiled, data: first, count, failed: false });
    this.html = compiled.render(first);
  }

  /** What the page shows is what the template makes of the data. */
  rendered(what, html = this.html) {
    same(`${what}: page.render()`, this.client.plain(), html);
  }

  async step(step, index) {
    const { how, data, tick } = step;
    const at = `step ${index + 1} (${how})`;
    const { page, client, compiled } = this;
    if (tick !== undefined) clock.now = tick;
    const expected = await outcome(() => compiled.render(data));
    const done = await outcome(() => this.lead(step, expected));
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
      this.rendered(at);
      this.count(update.isEmpty ? 'an empty update' : 'an update');
      await client.receive(at, update);
      if (small || index % 4 === 0) await client.compareNew(at);
    } catch (error) {
      if (error instanceof EqualIds) throw error;
      throw new Error(`${error.message || error}\n    update ${update.payload}`, { cause: error });
    }
  }

  /** The page is where it was before a step that failed. */
  stayed(at) {
    if (!isDeepStrictEqual(this.page.data(), this.data)) throw new Error(`${at}: after the error page.data() is ${show(this.page.data())}`);
    this.client.stayed(`${at}: after the error`);
  }

  /** Leads the page to the data, the way `how` names. Gives the update. */
  async lead({ how, ops, data, spelling, native }, expected) {
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
            this.client.beside();
          }
          return page.patch([]);
        });
      case 'set and update':
        // What was set aside is never shown.
        page.setData(ops.length > 1 ? applyOps(this.data, ops.slice(0, 1)) : {});
        return this.aside(() => page.update(data));
      case 'failing test': {
        const failed = await outcome(() => page.patch([...ops, { op: 'test', path: '', value: 'no such data' }]));
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
        for (const update of updates) if (!update.isEmpty) await this.client.forward(update);
        return page.patch(ops);
      }
      default:
        throw new Error(how);
    }
  }

  /** Data set aside stays aside when the update fails: then the old data is brought back. */
  async aside(call) {
    const done = await outcome(call);
    if (!done.error) return done.value;
    const back = this.page.update(this.data);
    if (!back.isEmpty) await this.client.forward(back);
    throw done.error;
  }
}

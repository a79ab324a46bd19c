// Run by threads.test.mjs: the main thread and four workers render and update, nine calls pending at a time, while
// functions call back and re-enter. Prints how many results were compared.
import assert from 'node:assert/strict';
import { isMainThread, parentPort, workerData, Worker } from 'node:worker_threads';
import { Application, Template } from 'livetemplate';

const ROUNDS = 25;

async function work(thread) {
  const app = new Application();
  const plain = new Template('<p>{{.n}}</p><b>{{.t}}</b>');
  const own = app.newPage(plain, { n: -1, t: thread });
  const pages = [];
  const inside = [];
  let compared = 0;
  const same = (got, want) => { assert.equal(String(got), want); compared++; };

  // Reads the pages, is refused by the page that calls it, and updates others, on this thread and on workers.
  let calls = 0;
  const come = (n) => {
    if (pages.length < 2) return `f${n}`;
    for (const page of pages) {
      assert.match(page.render(), /f-?\d+</);
      page.data();
      inside.push(page.renderAsync());
    }
    const [busy] = pages;
    try {
      busy.update({ n });
      assert.fail('no error');
    } catch (error) {
      if (error.name !== 'Reentrant') throw error;
    }
    inside.push(assert.rejects(busy.updateAsync({ n }), { name: 'Reentrant' }));
    const other = app.newPage(plain, { n, t: 'new' });
    inside.push(other.updateAsync({ n: n + 1, t: 'new' }).then((update) => same(update.payload, `{"tree":{"0":"${n + 1}"}}`)));
    same(other.update({ n: n + 2, t: 'new' }).payload, `{"tree":{"0":"${n + 2}"}}`);
    other.close();
    own.update({ n: `in${calls++}`, t: thread });
    return `f${n}`;
  };
  // On the first page: it is the one that is being updated when `come` is called by it.
  const hosted = new Template('<p>{{.n}}</p><i>{{come .n}}</i>', { functions: { come: { call: come, pure: false } } });
  const second = new Template('<p>{{.n}}</p><i>{{echo .n}}</i>', { functions: { echo: (n) => `f${n}` } });
  pages.push(app.newPage(hosted, { n: -1 }), app.newPage(second, { n: -1 }));

  // An object whose getter comes back.
  class Live {
    constructor(n) { this.n = n; }
    get seen() {
      assert.match(pages[1].render(), /f-?\d+</);
      inside.push(assert.rejects(live.patchAsync([]), { name: 'Reentrant' }));
      return `s${this.n}`;
    }
  }
  const live = app.newPage(new Template('<p>{{.seen}}</p>'), { seen: 'none' });

  const free = app.newPage(plain, { n: -1, t: 'x' });
  for (let round = 0; round < ROUNDS; round++) {
    const n = round * 10;
    const tree = (rest) => JSON.stringify({ tree: rest });
    await Promise.all([
      pages[0].updateAsync({ n }).then((update) => same(update.payload, tree({ 0: `${n}`, 1: `f${n}` }))),
      pages[1].updateAsync({ n }).then((update) => same(update.payload, tree({ 0: `${n}`, 1: `f${n}` }))),
      free.updateAsync({ n, t: 'x' }).then((update) => same(update.payload, tree({ 0: `${n}` }))),
      free.patchAsync({ n: n + 1 }).then((update) => same(update.payload, tree({ 0: `${n + 1}` }))),
      pages[0].patchAsync({ n: n + 1 }).then((update) => same(update.payload, tree({ 0: `${n + 1}`, 1: `f${n + 1}` }))),
      second.renderAsync({ n }).then((html) => same(html, `<p>${n}</p><i>f${n}</i>`)),
      plain.renderAsync({ n, t: '<' }).then((html) => same(html, `<p>${n}</p><b>&lt;</b>`)),
      live.updateAsync(new Live(n)).then((update) => same(update.payload, tree({ 0: `s${n}` }))),
      free.renderAsync().then((html) => same(html, `<div data-lvt-id="${free.id}"><p>${n + 1}</p><b>x</b></div>`)),
    ]);
    same(pages[0].update({ n: n + 2 }).payload, tree({ 0: `${n + 2}`, 1: `f${n + 2}` }));
    same(free.update({ n: n + 2, t: 'x' }).payload, tree({ 0: `${n + 2}` }));
    await Promise.all(inside.splice(0));
  }
  assert.equal(calls, 3 * ROUNDS);
  assert.equal(app.pageCount, 5);
  return compared;
}

if (isMainThread) {
  const others = [1, 2, 3, 4].map((thread) => new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: thread });
    worker.on('message', resolve).on('error', reject);
  }));
  const compared = await Promise.all([work(0), ...others]);
  console.log(compared.reduce((sum, n) => sum + n));
} else {
  parentPort.postMessage(await work(workerData));
}

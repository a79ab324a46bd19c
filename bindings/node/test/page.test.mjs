// Templates, applications, pages and updates.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Application, Page, Template, codes } from 'livetemplate';

const KEY = 'k'.repeat(32);
const counter = new Template('<p>{{.N}}</p><b>{{.T}}</b>', { name: 'counter' });
const error = (name, rest = {}) => ({ name, code: codes[name], ...rest });
const json = (buffer) => JSON.parse(buffer.toString());

const scratch = mkdtempSync(path.join(tmpdir(), 'livetemplate-'));
after(() => rmSync(scratch, { recursive: true }));

test('a parse error has its place', () => {
  assert.throws(
    () => new Template('<p>\n{{.N</p>', { name: 'page' }),
    (thrown) => thrown instanceof Error && thrown.code === 201 && thrown.name === 'TemplateParse' && thrown.template === 'page' && thrown.line === 2,
  );
  assert.throws(() => new Template('{{nope .}}'), error('TemplateParse', { message: /function "nope" not defined/ }));
});

test('an escaping error comes with the first use', () => {
  const template = new Template('<a href="{{if .A}}/x?{{end}}{{.B}}">', { name: 't' });
  assert.throws(() => template.render({}), error('TemplateEscape', { template: 't', line: 1 }));
  assert.throws(() => new Application().newPage(template, {}), error('TemplateEscape'));
});

test('an execution error has Go\u2019s text and place', () => {
  assert.throws(() => new Template('<p>{{.A.B}}</p>', { name: 't' }).render({ A: 1 }), error('TemplateExec', { template: 't', line: 1, column: 7 }));
});

test('options of a template', () => {
  assert.equal(new Template('[[.A]]{{.A}}', { delims: ['[[', ']]'] }).render({ A: 1 }), '1{{.A}}');
  assert.equal(new Template('{{.A}}').name, '');
  assert.equal(counter.name, 'counter');
  assert.throws(() => new Template('{{.X}}', { missingKey: 'error' }).render({}), error('TemplateExec'));
  assert.throws(() => new Template('{{if gt .F 1}}{{end}}', { numbers: 'strict' }).render({ F: 1.5 }), error('TemplateExec'));
  for (const options of [{ delims: '[[' }, { delims: ['a'] }, { missingKey: 'x' }, { numbers: 'x' }, { Name: 'x' }, { name: 5 }, 5, []]) {
    assert.throws(() => new Template('', options), error('InvalidArgument'));
  }
  for (const source of [undefined, null, 5, {}, []]) assert.throws(() => new Template(source), error('InvalidArgument'));
});

test('limits', () => {
  const source = '{{define "r"}}{{template "r"}}{{end}}{{range .}}{{.}}{{else}}{{template "r"}}{{end}}';
  const template = new Template(source, { maxSteps: 10, maxCallDepth: 5, maxOutput: 20 });
  assert.equal(template.render([1, 2, 3]), '123');
  assert.throws(() => template.render(Array(9).fill(1)), error('StepsExceeded'));
  assert.throws(() => template.render(['x'.repeat(21)]), error('OutputExceeded'));
  assert.throws(() => template.render([]), error('TemplateExec'));
  for (const options of [{ maxSteps: -1 }, { maxOutput: '1' }, { maxCallDepth: 2 ** 40 }]) {
    assert.throws(() => new Template('', options), error('InvalidArgument'));
  }
});

test('a set of sources', () => {
  const sources = [['a', 'A{{template "b" .}}'], ['b', 'old'], ['b', Buffer.from('B{{.}}')]];
  assert.equal(Template.fromSources(sources).render(1), 'AB1');
  assert.equal(Template.fromSources(sources, { entry: 'b' }).render(1), 'B1');
  assert.throws(() => Template.fromSources(sources, { entry: 'c' }), error('TemplateNotFound'));
  const set = Template.fromSources(sources);
  assert.deepEqual(set.names, ['a', 'b']);
  assert.equal(set.lookup('b').name, 'b');
  assert.throws(() => set.lookup('c'), error('TemplateNotFound'));
  for (const wrong of [[], [['a']], ['ab'], 'a', [['a', 5]]]) assert.throws(() => Template.fromSources(wrong), error('InvalidArgument'));
});

test('sources from files', () => {
  mkdirSync(path.join(scratch, 'sub'));
  writeFileSync(path.join(scratch, 'b.html'), 'B{{template "c.html"}}');
  writeFileSync(path.join(scratch, 'c.html'), 'C');
  writeFileSync(path.join(scratch, 'note.txt'), '{{');
  writeFileSync(path.join(scratch, 'sub', 'd.html'), 'D');
  const at = (...parts) => path.join(scratch, ...parts);
  assert.equal(Template.fromFiles([at('b.html'), at('c.html')]).render(null), 'BC');
  assert.equal(Template.fromGlob(at('*.html')).render(null), 'BC');
  assert.equal(Template.fromGlob(at('*', '?.html')).name, 'd.html');
  assert.equal(Template.fromGlob(at('[!-b].html')).name, 'b.html');
  assert.equal(Template.fromGlob(at('[^b].html')).name, 'c.html');
  assert.equal(Template.fromGlob(at('*.html'), { entry: 'c.html' }).render(null), 'C');
  assert.throws(() => Template.fromGlob(at('*.none')), error('InvalidArgument'));
  assert.throws(() => Template.fromGlob(at('[')), error('InvalidArgument'));
  assert.throws(() => Template.fromFiles([at('none')]), error('InvalidArgument', { message: /none/ }));
  assert.throws(() => Template.fromFiles([]), error('InvalidArgument'));
});

test('JSON text', () => {
  assert.equal(counter.renderJson('{"N": 1, "T": "<"}'), '<p>1</p><b>&lt;</b>');
  assert.equal(counter.renderJson(Buffer.from('{"N": 2}')), '<p>2</p><b></b>');
  assert.equal(new Template('{{.T.Year}}').renderJson('{"T": {"$time": "2025-08-08T14:30:26Z"}}', { times: true }), '2025');
  assert.throws(() => counter.renderJson('{'), error('InvalidJson'));
  assert.throws(() => counter.renderJson({}), error('InvalidArgument'));
  assert.throws(() => counter.renderJson('{}', { time: true }), error('InvalidArgument'));
  assert.throws(() => counter.renderJson('{}', { times: 1 }), error('InvalidArgument'));
});

test('a page and its updates', () => {
  const app = new Application({ id: 'shop' });
  const page = app.newPage(counter, { N: 1, T: 'x' });
  assert.ok(page instanceof Page);
  assert.match(page.id, /^[0-9a-f]{32}$/);
  assert.equal(page.render(), `<div data-lvt-id="${page.id}"><p>1</p><b>x</b></div>`);
  assert.deepEqual(JSON.parse(page.tree()), { tree: { s: ['<p>', '</p><b>', '</b>'], 0: '1', 1: 'x' } });
  assert.equal(JSON.parse(page.tree({ action: 'go' })).meta.action, 'go');

  const update = page.update({ N: 2, T: 'x' });
  assert.equal(update.isEmpty, false);
  assert.ok(Buffer.isBuffer(update.payload));
  assert.deepEqual(json(update.payload), { tree: { 0: '2' } });
  assert.deepEqual(json(update.reply({ action: 'up' })), { tree: { 0: '2' }, meta: { success: true, errors: {}, action: 'up' } });

  assert.deepEqual(json(page.patch([{ op: 'replace', path: '/N', value: 3 }]).payload), { tree: { 0: '3' } });
  assert.deepEqual(json(page.patch({ N: 4 }).payload), { tree: { 0: '4' } });
  assert.deepEqual(json(page.patchJson('{"N": 5}').payload), { tree: { 0: '5' } });
  assert.deepEqual(json(page.updateJson('{"N": 6, "T": "x"}').payload), { tree: { 0: '6' } });
  assert.deepEqual(page.data(), { N: 6, T: 'x' });

  const nothing = page.patch([]);
  assert.ok(nothing.isEmpty);
  assert.equal(nothing.payload.length, 0);
  const reply = json(nothing.reply({ action: 'save', errors: { T: 'is short' } }));
  assert.deepEqual(reply, { tree: {}, meta: { success: false, errors: { T: 'is short' }, action: 'save' } });

  for (const wrong of [{ Action: 'x' }, { action: 5 }, { errors: [] }, { errors: { a: 1 } }]) {
    assert.throws(() => nothing.reply(wrong), error('InvalidArgument'));
    assert.throws(() => page.tree(wrong), error('InvalidArgument'));
  }
});

test('the wire format is named when a page is made', () => {
  const app = new Application();
  assert.equal(app.newPage(counter, {}).wire, 'tree');
  const page = app.newPage(counter, {}, { wire: 'tree', timeout: 1000 });
  assert.equal(app.getPage(page.token).wire, 'tree');
  for (const wire of ['', 'Tree', 'json', null, 5]) assert.throws(() => app.newPage(counter, {}, { wire }), error('InvalidArgument'));
  assert.throws(() => app.newPage(counter, {}, { Wire: 'tree' }), error('InvalidArgument'));
  assert.equal(app.pageCount, 2);
  assert.equal(page.resync().toString(), page.tree());
  const turbo = app.newPage(counter, { N: 1 }, { wire: 'turbo' });
  assert.match(turbo.resync().toString(), /^<turbo-stream action="update"/);
  assert.match(turbo.update({ N: 2 }).payload.toString(), /^<turbo-stream action=/);
  turbo.close();
  assert.throws(() => turbo.resync(), error('PageClosed'));
});

test('the figures of an update', () => {
  const template = new Template('<title>{{.N}}</title><body><p>{{.N}}</p><i>{{.T}}</i></body>');
  const page = new Application().newPage(template, { N: 1, T: 'x'.repeat(99) });
  const update = page.patch({ N: 2 });
  const { bytes, fullRenderBytes, reduction, slotsEvaluated, outside } = update.stats;
  assert.equal(bytes, update.payload.length);
  assert.equal(fullRenderBytes, template.render(page.data()).length);
  assert.equal(reduction, 1 - bytes / fullRenderBytes);
  assert.ok(slotsEvaluated > 0);
  assert.equal(outside, 1);
});

test('data set aside goes out with the next update', () => {
  const page = new Application().newPage(counter, { N: 1, T: 'x' });
  assert.equal(page.setData({ N: 2, T: 'x' }), undefined);
  assert.deepEqual(page.data(), { N: 2, T: 'x' });
  assert.match(page.render(), /<p>2<\/p>/);
  assert.deepEqual(json(page.patch([]).payload), { tree: { 0: '2' } });
});

test('an update that fails leaves the page as it was', () => {
  const page = new Application().newPage(new Template('<p>{{.A.B}}</p>'), { A: { B: 1 } });
  const before = page.render();
  assert.throws(() => page.update({ A: 1 }), error('TemplateExec'));
  assert.throws(() => page.patch(5), error('InvalidPatch'));
  assert.throws(() => page.patch([{ op: 'remove', path: '/nope' }]), error('InvalidPatch'));
  assert.throws(() => page.patchJson('['), error('InvalidJson'));
  assert.throws(() => page.patch([{ op: 'add', path: '/x', value: Symbol() }]), error('InvalidData', { message: 'patch[0].value: cannot use a symbol' }));
  assert.equal(page.render(), before);
  assert.deepEqual(page.data(), { A: { B: 1 } });
  assert.deepEqual(json(page.patch({ A: { B: 2 } }).payload), { tree: { 0: '2' } });
});

test('tokens lead to their page, and only to it', () => {
  const app = new Application({ id: 'one', signingKey: KEY });
  const page = app.newPage(counter, { N: 1 });
  const { token } = page;
  assert.equal(page.token, token);
  app.getPage(token).update({ N: 2 });
  assert.deepEqual(app.getPage(token).data(), { N: 2 });
  assert.equal(app.getPage(token).id, page.id);

  const [head, claims, signature] = token.split('.');
  const flipped = signature[5] === 'A' ? 'B' : 'A';
  assert.throws(() => app.getPage(`${head}.${claims}.${signature.slice(0, 5)}${flipped}${signature.slice(6)}`), error('TokenSignature'));
  assert.throws(() => app.getPage('x'), error('TokenMalformed'));
  assert.throws(() => app.getPage(''), error('TokenMalformed'));
  assert.throws(() => app.getPage(5), error('InvalidArgument'));
  assert.throws(() => new Application({ id: 'two', signingKey: KEY }).getPage(token), error('InvalidApplication'));
  assert.throws(() => new Application({ id: 'one', signingKey: KEY }).getPage(token), error('PageNotFound'));
});

test('pages do not share anything', () => {
  const app = new Application();
  const [a, b] = [app.newPage(counter, { N: 1, T: 'a' }), app.newPage(counter, { N: 1, T: 'b' })];
  assert.notEqual(a.id, b.id);
  a.update({ N: 9, T: 'a' });
  assert.deepEqual(b.data(), { N: 1, T: 'b' });
  assert.match(b.render(), /<p>1<\/p><b>b<\/b>/);
});

test('a page keeps its own copy of the data', () => {
  const data = { N: 1, T: 'x' };
  const page = new Application().newPage(counter, data);
  data.N = 2;
  page.data().N = 3;
  assert.match(page.render(), /<p>1<\/p>/);
});

test('limits and lifetimes', async () => {
  const app = new Application({ maxPages: 2, pageTtl: 10 });
  const first = app.newPage(counter, {});
  app.newPage(counter, {});
  assert.equal(app.pageCount, 2);
  assert.throws(() => app.newPage(counter, {}), error('MaxPagesExceeded'));
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(app.cleanup(), 2);
  assert.equal(app.pageCount, 0);
  assert.throws(() => first.render(), (thrown) => ['PageClosed', 'PageNotFound'].includes(thrown.name));

  const short = new Application({ tokenTtl: 1000 });
  assert.ok(short.getPage(short.newPage(counter, {}).token));
  assert.throws(() => new Application({ signingKey: 'short' }), error('InvalidKey'));
  for (const wrong of [{ maxPages: -1 }, { maxPages: 1.5 }, { maxPages: '1' }, { pageTtl: NaN }, { signingKey: 5 }, { maxpages: 1 }]) {
    assert.throws(() => new Application(wrong), error('InvalidArgument'));
  }
});

test('a closed page and a closed application say so', async () => {
  const app = new Application();
  const page = app.newPage(counter, {});
  const same = app.getPage(page.token);
  page.close();
  page.close();
  for (const call of [() => page.render(), () => page.tree(), () => page.update({}), () => page.patch([]), () => page.data(), () => page.setData({}), () => same.render()]) {
    assert.throws(call, error('PageClosed'));
  }
  await assert.rejects(page.updateAsync({}), error('PageClosed'));
  assert.equal(app.pageCount, 0);

  const other = app.newPage(counter, {});
  app.close();
  app.close();
  assert.throws(() => app.newPage(counter, {}), error('ApplicationClosed'));
  assert.throws(() => other.render(), (thrown) => ['PageClosed', 'ApplicationClosed'].includes(thrown.name));

  const disposed = new Application();
  disposed[Symbol.dispose]();
  assert.throws(() => disposed.newPage(counter, {}), error('ApplicationClosed'));
});

test('letting go of a handle does not close the page', async () => {
  const app = new Application();
  const { token } = app.newPage(counter, { N: 7 });
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(app.getPage(token).data(), { N: 7 });
});

test('work on a worker', async () => {
  const page = new Application().newPage(counter, { N: 0, T: 'x' });
  assert.equal(await counter.renderAsync({ N: 1 }), '<p>1</p><b></b>');
  const update = await page.updateAsync({ N: 1, T: 'x' });
  assert.deepEqual(json(update.payload), { tree: { 0: '1' } });
  assert.deepEqual(json((await page.patchAsync({ N: 2 })).payload), { tree: { 0: '2' } });
  assert.match(await page.renderAsync(), /<p>2<\/p>/);

  const data = { N: 3, T: 'x' };
  const pending = page.updateAsync(data);
  data.N = 4;
  await pending;
  assert.deepEqual(page.data(), { N: 3, T: 'x' });

  await assert.rejects(page.updateAsync({ N: Symbol() }), error('InvalidData', { message: 'data.N: cannot use a symbol' }));
  await assert.rejects(page.patchAsync(5), error('InvalidPatch'));
  await assert.rejects(new Template('{{.A.B}}').renderAsync({ A: 1 }), error('TemplateExec'));
});

test('updates run in the order of their calls', async () => {
  const app = new Application();
  const page = app.newPage(counter, { N: -1, T: 'x' });
  const again = app.getPage(page.token);
  const pending = [];
  for (let n = 0; n < 60; n += 3) {
    pending.push(page.updateAsync({ N: n, T: 'x' }), again.patchAsync({ N: n + 1 }));
    const update = page.update({ N: n + 2, T: 'x' });
    pending.push(Promise.resolve(update));
  }
  const payloads = (await Promise.all(pending)).map((update) => json(update.payload).tree[0]);
  assert.deepEqual(payloads, Array.from({ length: 60 }, (_, n) => String(n)));
});

test('a signal or a timeout ends a call', async () => {
  const endless = new Template(`${'{{range $}}'.repeat(9)}${'{{end}}'.repeat(9)}`);
  const data = Array(99).fill(0);
  const page = new Application().newPage(counter, { N: 1, T: 'x' });

  const controller = new AbortController();
  const pending = endless.renderAsync(data, { signal: controller.signal });
  controller.abort();
  await assert.rejects(pending, error('Cancelled'));
  const { signal } = controller;
  await assert.rejects(page.updateAsync({ N: 2, T: 'x' }, { signal }), error('Cancelled'));
  await assert.rejects(page.patchAsync({ N: 2 }, { signal }), error('Cancelled'));
  await assert.rejects(page.renderAsync({ signal }), error('Cancelled'));
  for (const call of [() => counter.render({}, { signal }), () => counter.renderJson('{}', { signal }), () => page.update({ N: 2 }, { signal }), () => page.updateJson('{}', { signal }), () => page.patch([], { signal }), () => page.patchJson('[]', { signal }), () => page.render({ signal }), () => new Application().newPage(counter, {}, { signal })]) {
    assert.throws(call, error('Cancelled'));
  }
  assert.match(page.render(), /<p>1<\/p>/);

  assert.throws(() => endless.render(data, { timeout: 20 }), error('DeadlineExceeded'));
  await assert.rejects(endless.renderAsync(data, { timeout: 20 }), error('DeadlineExceeded'));
  assert.equal(counter.render({ N: 1 }, { timeout: 60_000, signal: new AbortController().signal }), '<p>1</p><b></b>');

  // Aborted by what the call itself runs.
  const inside = new AbortController();
  const stopping = new Template('{{range .}}{{stop}}{{end}}', { functions: { stop: () => inside.abort() } });
  assert.throws(() => stopping.render([1, 2], { signal: inside.signal }), error('Cancelled'));

  for (const options of [{ signal: 1 }, { signal: {} }, { signal: null }, { timeout: -1 }, { timeout: '1' }, { Signal: signal }, 5]) {
    assert.throws(() => counter.render({}, options), error('InvalidArgument'));
    await assert.rejects(page.updateAsync({}, options), error('InvalidArgument'));
  }
});

test('a signal is not held on to', async () => {
  const { signal } = new AbortController();
  let listeners = 0;
  for (const [method, step] of [['addEventListener', 1], ['removeEventListener', -1]]) {
    const own = EventTarget.prototype[method];
    signal[method] = (...args) => { listeners += step; return own.apply(signal, args); };
  }
  const { getEventListeners } = await import('node:events');
  const page = new Application().newPage(counter, { N: 0 });
  for (let n = 1; n < 5; n++) {
    page.update({ N: n }, { signal });
    await page.patchAsync({ N: -n }, { signal });
    assert.throws(() => new Template('{{.A.B}}').render({ A: 1 }, { signal }), error('TemplateExec'));
  }
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(listeners, 0);
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

// Functions registered from JavaScript: the table written by real Go, exceptions, promises, re-entry, depth.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import v8 from 'node:v8';
import vm from 'node:vm';
import { Application, CSS, HTML, Template, codes } from 'livetemplate';

v8.setFlagsFromString('--expose-gc');
const gc = vm.runInNewContext('gc');
const error = (name, rest = {}) => ({ name, code: codes[name], ...rest });
const render = (source, functions, data = null) => new Template(source, { name: 't', functions }).render(data);
const thrown = (work) => {
  try {
    work();
  } catch (error) {
    return error;
  }
  return assert.fail('no error');
};

const fail = () => { throw new Error('no <luck>'); };
const mark = (...args) => `<${args.map((a) => (a === null ? '0' : typeof a === 'string' ? a : '#')).join('')}>`;
const exactly = (n, call) => ({ call, minArgs: n, maxArgs: n });

// The functions of the sets in tests/functions/main.go.
const plain = {
  echo: exactly(1, (a) => a),
  pair: exactly(2, (a, b) => [a, b]),
  count: { call: (...args) => args.length, minArgs: 1 },
  zero: exactly(0, () => 'z'),
  nothing: () => null,
  trust: exactly(1, (text) => new HTML(text)),
  record: exactly(0, () => ({ a: 1, n: null })),
  fail,
  mark,
};
const own = 'html urlquery js and or not print len index eq call default break continue'.split(' ');
const results = {
  'html-null': () => null,
  'html-float': () => 1.5,
  'html-list': () => [null, '<'],
  'html-trust': () => new HTML('<h>'),
  'html-fail': fail,
  'html-zero': exactly(0, () => 'z'),
};

function functions(set) {
  if (set === 'plain') return plain;
  if (set === 'own') return { ...plain, ...Object.fromEntries(own.map((name) => [name, mark])) };
  return { ...plain, html: results[set], urlquery: results[set] };
}

test('results and errors are those of Go', () => {
  const data = { X: '<x>', N: null, I: 3, F: 1.5, L: [1, '<'], M: { k: 'v' } };
  const table = readFileSync(new URL('../../../tests/functions/table.jsonl', import.meta.url), 'utf8').trim().split('\n');
  assert.ok(table.length > 170);
  for (const line of table) {
    const { set, source, ...want } = JSON.parse(line);
    let got;
    try {
      got = { output: render(source, functions(set), data) };
    } catch (error) {
      got = { error: error.message };
    }
    assert.deepEqual(got, want, source);
  }
});

test('values keep their types on the way in and out', () => {
  const seen = [];
  const see = (...args) => { seen.push(...args); return args[0]; };
  const date = new Date(1700000000123);
  const data = {
    u: undefined, n: null, b: true, i: 5, big: 2n ** 60n, f: 0.5, s: '\u{1f600}', bytes: Buffer.from([0, 255]), date,
    list: [1, [null]], map: { a: { b: 1 } }, ints: new Map([[1, 'a']]), html: new HTML('<b>'), css: new CSS('a'),
  };
  render('{{range $k, $v := .}}{{see $v}}{{end}}', { see }, data);
  const { html, css, u, ...rest } = data;
  const byName = Object.fromEntries(Object.keys(data).sort().map((name, index) => [name, seen[index]]));
  assert.equal(byName.u, null);
  assert.ok(byName.html instanceof HTML && byName.css instanceof CSS && String(byName.html) === '<b>');
  for (const [name, value] of Object.entries(rest)) assert.deepEqual(byName[name], value, name);

  const out = (value) => render('{{f}}', { f: () => value });
  assert.equal(out(undefined), '');
  assert.equal(out(2n ** 64n - 1n), '18446744073709551615');
  assert.equal(out(new HTML('<b>')), '<b>');
  assert.equal(out('<b>'), '&lt;b&gt;');
  assert.equal(out(new Uint8Array([1, 2])), '[1 2]');
  assert.equal(render('{{(f).Year}}', { f: () => date }), '2023');
  assert.equal(out(new Map([[2, 'b'], [1, 'a']])), 'map[1:a 2:b]');
});

test('what a function throws is the cause', () => {
  class Refused extends Error {}
  const refused = new Refused('why');
  const error = thrown(() => new Template('<p>\n{{refuse .}}', { name: 'page', functions: { refuse() { throw refused; } } }).render(1));
  assert.equal(error.cause, refused);
  assert.deepEqual([error.name, error.code, error.template, error.line, error.column], ['TemplateExec', 203, 'page', 2, 2]);
  assert.equal(error.message, 'template: page:2:2: executing "page" at <refuse .>: error calling refuse: why');
  assert.equal(error.details, `${error.message}\n2 | {{refuse .}}\n  |   ^`);
  assert.ok(!Object.keys(error).includes('cause'));

  const symbol = Symbol('s');
  const hostile = { get message() { throw 1; }, toString() { throw 2; } };
  for (const [value, text] of [['text', 'text'], [5, '5'], [null, 'null'], [undefined, 'undefined'], [symbol, 'Symbol(s)'], [new RangeError(), 'RangeError'], [{ message: 'm' }, 'm'], [hostile, 'a value that cannot be shown was thrown']]) {
    const error = thrown(() => render('{{f}}', { f() { throw value; } }));
    assert.equal(error.cause, value);
    assert.equal(error.message, `template: t:1:2: executing "t" at <f>: error calling f: ${text}`);
  }
  assert.equal('cause' in thrown(() => render('{{.A.B}}', {}, { A: 1 })), false);
});

test('a result that is no data is an error', async () => {
  const error = thrown(() => render('{{f}}', { f: () => ({ a: [Symbol('x')] }) }));
  assert.match(error.message, /error calling f: result\.a\[0\]: cannot use a symbol$/);
  assert.deepEqual([error.name, error.cause.name, error.cause.code], ['TemplateExec', 'InvalidData', codes.InvalidData]);

  const getter = new RangeError('mine');
  for (const value of [getter, 'mine']) {
    const broken = thrown(() => render('{{f}}', { f: () => ({ get a() { throw value; } }) }));
    assert.equal(broken.cause, value);
    assert.match(broken.message, /error calling f: mine$/);
  }
  assert.equal(render('{{f}}', { f: () => 'goes on' }), 'goes on');
});

test('a promise is refused, and its rejection ends nothing', async () => {
  const refused = /error calling f: result: cannot use a Promise, which a template does not wait for$/;
  assert.throws(() => render('{{f}}', { f: async () => 1 }), error('TemplateExec', { message: refused }));
  assert.throws(() => render('{{f}}', { f: async () => { throw new Error('late'); } }), error('TemplateExec', { message: refused }));
  await new Promise((resolve) => setImmediate(resolve));
});

test('how a function is given', (t) => {
  const calls = [];
  const f = { call(...args) { calls.push([this, args]); return args.length; }, pure: false };
  assert.equal(render('{{f}}{{f 1 2 3}}', { f }), '03');
  assert.deepEqual(calls, [[undefined, []], [undefined, [1, 2, 3]]]);
  assert.throws(() => render('{{f}}', { f: { call: mark, minArgs: 1, maxArgs: 2 } }), error('TemplateExec', { message: /wrong number of args for f: want 1 to 2 got 0$/ }));
  assert.equal(render('{{if true}}a{{end}}', undefined), 'a');
  assert.equal(render('a', {}), 'a');
  for (const wrong of [5, [], mark, 'f', { f: 1 }, { f: null }, { f: {} }, { f: { call: 1 } }, { f: { call: mark, Pure: true } }, { f: { call: mark, pure: 1 } }, { f: { call: mark, minArgs: 2, maxArgs: 1 } }, { 'a-b': mark }, { '': mark }, { '1a': mark }]) {
    assert.throws(() => render('', wrong), error('InvalidArgument'), JSON.stringify(wrong));
  }
  assert.throws(() => render('{{f}}', { get f() { throw new RangeError('mine'); } }), RangeError);

  const scratch = mkdtempSync(path.join(tmpdir(), 'livetemplate-'));
  t.after(() => rmSync(scratch, { recursive: true }));
  const file = path.join(scratch, 'x.html');
  writeFileSync(file, '{{f .}}');
  const options = { functions: { f: (a) => a + 1 } };
  const templates = [Template.fromSources([['a', '{{f .}}']], options), Template.fromFiles([file], options), Template.fromGlob(path.join(scratch, '*.html'), options)];
  for (const template of templates) {
    assert.equal(template.render(1), '2');
    assert.equal(template.lookup(template.name).renderJson('1'), '2');
  }
});

test('a function reads the page that calls it, and may change others', async () => {
  const app = new Application();
  const other = new Template('<p>{{.}}</p>');
  let page = null;
  let pending = [];
  const f = (n) => {
    if (!page) return 'new';
    for (const change of [() => page.update({ n: 0 }), () => page.patch([]), () => page.setData({}), () => page.updateJson('{}')]) {
      assert.throws(change, error('Reentrant'));
    }
    const refused = [page.updateAsync({ n: 0 }), page.patchAsync([])].map((promise) => assert.rejects(promise, error('Reentrant')));
    pending.push(...refused, page.renderAsync());
    page.render();
    page.tree();
    page.data();
    const mine = app.newPage(other, n);
    pending.push(mine.updateAsync(n + 1));
    mine.update(n + 2);
    assert.match(mine.render(), new RegExp(`<p>${n + 2}</p>`));
    mine.close();
    return 'back';
  };
  const template = new Template('<p>{{.n}}{{f .n}}</p>', { functions: { f: { call: f, pure: false } } });
  page = app.newPage(template, { n: 0 });
  assert.match(page.render(), /<p>0new<\/p>/);
  page.update({ n: 1 });
  await page.updateAsync({ n: 2 });
  await page.patchAsync({ n: 3 });
  assert.match(await page.renderAsync(), /<p>3back<\/p>/);
  assert.equal(pending.length, 12);
  await Promise.all(pending);
  assert.equal(app.pageCount, 1);
});

test('a change that is refused leaves the page as it was', () => {
  let page = null;
  const f = (n) => { page?.update({ n: n + 1 }); return ''; };
  page = new Application().newPage(new Template('<p>{{.n}}{{f .n}}</p>', { functions: { f: { call: f, pure: false } } }), { n: 1 });
  assert.equal(thrown(() => page.update({ n: 2 })).cause.name, 'Reentrant');
  assert.match(page.render(), /<p>1<\/p>/);
});

test('a function may close the page that calls it', () => {
  const app = new Application();
  let page = null;
  page = app.newPage(new Template('{{f .}}', { functions: { f(n) { page?.close(); return n; } } }), 1);
  assert.throws(() => page.update(2), error('PageClosed'));
  assert.throws(() => page.render(), error('PageClosed'));
  assert.equal(app.pageCount, 0);
});

test('an Async call that may need a function works on this thread', async () => {
  const log = [];
  const template = new Template('{{f .}}', { functions: { f: { call(n) { log.push(n); return n; }, pure: false } } });
  const pending = template.renderAsync(1);
  assert.deepEqual(log, [1]);
  log.push('called');
  assert.equal(await pending, '1');
  const page = new Application().newPage(template, 2);
  const updates = [page.updateAsync(3), page.patchAsync([{ op: 'replace', path: '', value: 4 }])];
  page.update(5);
  assert.deepEqual(log, [1, 'called', 2, 3, 4, 5]);
  const payloads = (await Promise.all(updates)).map((update) => JSON.parse(update.payload).tree[0]);
  assert.deepEqual(payloads, ['3', '4']);
  await assert.rejects(new Template('{{f}}', { functions: { f: fail } }).renderAsync(1), (error) => error.cause.message === 'no <luck>');
});

test('calls from deep inside are an error, never a crash', () => {
  const source = '{{define "r"}}{{if .n}}{{template "r" .n}}{{else}}{{f}}{{end}}{{end}}{{template "r" .}}';
  const nested = (levels) => { let data = { n: 0 }; for (let i = 0; i < levels; i++) data = { n: data }; return data; };
  assert.equal(render(source, { f: () => 'deep' }, nested(100)), 'deep');

  const endless = '{{define "r"}}{{f .}}{{template "r" .}}{{end}}{{template "r" .}}';
  let calls = 0;
  const error = thrown(() => render(endless, { f: () => { calls++; return ''; } }));
  assert.equal(error.name, 'TemplateExec');
  assert.ok(calls > 100);

  // So deep that the engine goes on on a stack of its own.
  const levels = '{{define "r"}}{{if lt (len .) 16000}}{{template "r" (print . "x")}}{{else}}{{f}}{{end}}{{end}}{{template "r" ""}}';
  assert.equal(thrown(() => render(levels, { f: () => 'never' })).cause.name, 'DepthExceeded');
  assert.equal(render(levels.replace('{{f}}', 'deep'), {}), 'deep');

  // Entered where little of the stack is left.
  const outcomes = new Set();
  const echo = new Template('{{f .}}', { functions: { f: (a) => a } });
  (function down() {
    try { down(); } catch {}
    try { outcomes.add(echo.render('ok')); } catch (error) { outcomes.add(error.name); }
  })();
  outcomes.delete('TemplateExec'); // the function itself found no room
  assert.deepEqual([...outcomes].sort(), ['RangeError', 'ok']);

  // Functions that render templates that call them again.
  let template = null;
  template = new Template('{{f}}', { functions: { f: () => template.render(null) } });
  let deepest = thrown(() => template.render(null));
  while (deepest.cause) deepest = deepest.cause;
  assert.ok(deepest instanceof RangeError || deepest.name === 'DepthExceeded', String(deepest));
  assert.equal(render('{{f}}', { f: () => 'fine' }), 'fine');
});

test('what was thrown is let go with its error', async () => {
  const registry = [];
  const template = new Template('{{f}}', { functions: { f() { const error = new Error(); registry.push(new WeakRef(error)); throw error; } } });
  for (let i = 0; i < 50; i++) assert.throws(() => template.render(null));
  for (let i = 0; i < 5; i++) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
    assert.throws(() => template.render(null));
  }
  assert.ok(registry.filter((ref) => ref.deref()).length < 25);
});

test('functions that nothing can call any more are let go', async () => {
  const registry = [];
  const make = () => {
    const f = () => new Array(10);
    registry.push(new WeakRef(f));
    new Template('', { functions: { f } });
  };
  for (let i = 0; i < 50; i++) make();
  for (let i = 0; i < 5; i++) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
    render('', { f: mark });
  }
  assert.ok(registry.filter((ref) => ref.deref()).length < 25);
});

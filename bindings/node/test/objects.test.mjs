// Objects with a class of their own, and functions as values.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import v8 from 'node:v8';
import vm from 'node:vm';
import { Application, HTML, Template, codes } from 'livetemplate';

v8.setFlagsFromString('--expose-gc');
const gc = vm.runInNewContext('gc');
const error = (name, rest = {}) => ({ name, code: codes[name], ...rest });
const render = (source, V) => new Template(source, { name: 't' }).render({ V });
const thrown = (work) => {
  try {
    work();
  } catch (error) {
    return error;
  }
  return assert.fail('no error');
};

class Base {
  inherited() { return `inherited by ${this.name}`; }
}

class Task extends Base {
  #secret = 'hidden';
  constructor(name, tags = []) {
    super();
    this.name = name;
    this.tags = tags;
    this.done = false;
    this.note = undefined;
  }
  get title() { return this.name.toUpperCase(); }
  get markup() { return new HTML(`<i>${this.name}</i>`); }
  set only(value) { this.name = value; }
  hello(...args) { return `${this.name}(${args.map((a) => JSON.stringify(a)).join()})`; }
  secret() { return this.#secret; }
  static make() { return 'static'; }
}

test('fields, getters and methods', () => {
  const task = new Task('<a>', [1, 2]);
  assert.equal(render('{{.V.name}} {{.V.title}} {{.V.markup}} {{range .V.tags}}{{.}}{{end}}', task), '&lt;a&gt; &lt;A&gt; <i><a></i> 12');
  assert.equal(render('{{.V.hello}} {{.V.hello 1 "x"}} {{.V.hello 1 | print}} {{2 | .V.hello}}', new Task('t')), 't() t(1,&#34;x&#34;) t(1) t(2)');
  assert.equal(render('{{.V.inherited}} {{.V.secret}}', new Task('t')), 'inherited by t hidden');
  assert.equal(render('{{.V.note}}|{{.V.only}}|{{if .V.done}}a{{else}}b{{end}}', new Task('t')), '||b');
  assert.equal(render('{{with .V}}{{.name}}{{end}}{{$x := .V}}{{$x.title}}', new Task('t')), 'tT');
  assert.equal(render('{{.V.next.next.name}}', Object.assign(new Task('a'), { next: Object.assign(new Task('b'), { next: new Task('c') }) })), 'c');
  const missing = thrown(() => new Template('{{.missing}}', { name: 't' }).render(new Task('t')));
  assert.equal(missing.message, "template: t:1:2: executing \"t\" at <.missing>: can't evaluate field missing in type Task");
  assert.throws(() => render('{{.V.name 1}}', new Task('t')), error('TemplateExec', { message: /name has arguments but cannot be invoked as function$/ }));
});

test('nothing leads from an object to what its class does not offer', () => {
  const objects = [new Task('t'), new (class extends Array {})(1), new Map([['a', 1]]), new Set([1]), new Error('e'), /x/, Task, () => 1, [], {}, new Date(0), new (class extends Map {})(), new HTML('x'), Buffer.from('x'), new (vm.runInNewContext('class Other { m() {} }; Other'))(), vm.runInNewContext('(class A {})')];
  const names = ['constructor', 'prototype', '__proto__', '__defineGetter__', '__lookupGetter__', 'hasOwnProperty', 'isPrototypeOf', 'propertyIsEnumerable', 'toLocaleString', 'valueOf', 'call', 'apply', 'bind', 'caller', 'arguments', 'make', 'add', 'delete', 'clear', 'forEach', 'push', 'exec', 'then', 'setTime'];
  for (const object of objects) {
    for (const name of names) {
      let html;
      try {
        html = render(`{{.V.${name}}}`, object);
      } catch (error) {
        assert.equal(error.name, 'TemplateExec', name);
        continue;
      }
      assert.equal(html, '', name);
    }
    for (const source of ['{{.V.constructor.constructor}}', '{{(.V.constructor.constructor "return process")}}', '{{.V.__proto__.polluted}}', '{{.V.constructor.constructor "return process" | call}}', '{{call .V.constructor "x"}}', '{{(index .V "constructor").constructor}}', '{{call (index .V "constructor") "return process"}}']) {
      try {
        assert.equal(render(source, object), '', source);
      } catch (error) {
        assert.equal(error.name, 'TemplateExec', source);
      }
    }
  }
  assert.equal(render('{{index .V "constructor"}}|{{index .V "__proto__"}}|{{index .V "hasOwnProperty"}}|{{index .V "hello"}}', new Task('t')), '|||');
  assert.throws(() => render('{{.V.constructor}}', Object.assign(new Task('t'), { constructor: 'own' })), error('TemplateExec'));
  // What is data is data, whatever its name.
  assert.equal(render('{{.V.constructor}}{{index .V "__proto__"}}', JSON.parse('{"constructor": "c", "__proto__": "p"}')), 'cp');
  assert.equal({}.polluted, undefined);
  Object.prototype.polluted = 'yes';
  try {
    assert.throws(() => render('{{.V.polluted}}', new Task('t')), error('TemplateExec'));
    assert.equal(render('{{.V.polluted}}', {}), '');
  } finally {
    delete Object.prototype.polluted;
  }
});

test('what is thrown is the cause', () => {
  const boom = new RangeError('boom');
  class Broken {
    get field() { throw boom; }
    method() { throw boom; }
    toString() { throw boom; }
    get length() { throw boom; }
    [Symbol.iterator]() { throw boom; }
    async later() { throw boom; }
    toJSON() { throw boom; }
  }
  for (const source of ['{{.V.field}}', '{{.V.method}}', '{{.V}}', '{{len .V}}', '{{range .V}}{{end}}', '{{print .V}}']) {
    const error = thrown(() => render(source, new Broken()));
    assert.equal(error.cause, boom, source);
    assert.equal(error.name, 'TemplateExec');
    assert.match(error.message, /boom$/);
  }
  assert.throws(() => render('{{.V.later}}', new Broken()), error('TemplateExec', { message: /cannot use a Promise, which a template does not wait for$/ }));
  assert.match(render('<script>{{.V}}</script>', new Broken()), /boom.*null /);
});

test('length, index and iteration', () => {
  class Tree {
    constructor(...items) { this.items = items; }
    *[Symbol.iterator]() { yield* this.items; }
    get size() { return this.items.length; }
  }
  assert.equal(render('{{range .V}}[{{.}}]{{end}}', new Tree(1, 'a', null)), '[1][a][]');
  assert.equal(render('{{range $i, $v := .V}}{{$i}}={{$v}};{{else}}none{{end}}', new Tree('a', 'b')), '0=a;1=b;');
  assert.equal(render('{{range .V}}{{else}}none{{end}}', new Tree()), 'none');
  assert.equal(render('{{len .V}} {{if .V}}a{{else}}b{{end}}', new Tree(1, 2)), '2 a');
  assert.equal(render('{{len .V}} {{range .V}}{{.}}{{end}}', new Set(['a', 'b'])), '2 ab');
  assert.equal(render('{{index .V "name"}} {{index .V "missing"}}', new Task('t')), 't ');
  assert.throws(() => render('{{range .V}}{{end}}', new Task('t')), error('TemplateExec', { message: /range can't iterate over/ }));
  assert.throws(() => render('{{len .V}}', new Task('t')), error('TemplateExec', { message: /len of type Task/ }));

  let closed = 0;
  const endless = Object.assign(Object.create({ [Symbol.iterator]() { return { next: () => ({ value: 1, done: false }), return() { closed++; return {}; } }; }, __proto__: {} }));
  assert.equal(render('{{range .V}}{{.}}{{break}}{{end}}', endless), '1');
  assert.equal(closed, 1);
  assert.throws(() => new Template('{{range .}}{{end}}', { maxSteps: 100 }).render(endless), error('StepsExceeded'));
  assert.equal(closed, 2);
});

test('how an object shows', () => {
  class Point { constructor(x, y) { this.x = x; this.y = y; } }
  class Named extends Point { toString() { return `<${this.x}>`; } }
  assert.equal(render('{{.V}}', new Named(1)), '&lt;1&gt;');
  assert.equal(render('<a title="{{.V}}">', new Named(1)), '<a title="&lt;1&gt;">');
  assert.equal(render('{{.V}} {{printf "%v %s %T" .V .V .V}}', new Point(1, 'z')), '{1 z} {1 z} {1 z} Point');
  assert.equal(render('{{.V}}', new Point(new Point(1, 2), [new Named(3), null])), '{Point [&lt;3&gt; &lt;nil&gt;]}');
  assert.equal(render('{{.V}}', new Error('no <luck>')), 'Error: no &lt;luck&gt;');
  assert.equal(render('{{.V}}', { list: [new Named(1)] }), 'map[list:[&lt;1&gt;]]');
  const circle = new Point(1);
  circle.y = circle;
  assert.equal(render('{{.V}}', circle), '{1 Point}');
});

test('an object in JavaScript', () => {
  class Point { constructor(x, y) { this.x = x; this.y = y; this.f = () => 1; this.u = undefined; } }
  class Own extends Point { toJSON() { return { own: [this.x] }; } toString() { return 'text'; } }
  const script = (V) => render('<script>{{.V}}</script>', V).slice(8, -9);
  assert.equal(script(new Point(1, '</script>')), '{"x":1,"y":"\\u003c/script\\u003e"}');
  assert.equal(script(new Own(1)), '{"own":[1]}');
  assert.equal(script([new Own(2n ** 60n), new Point(new HTML('<b>'), new Date(0))]), '[{"own":[1152921504606846976]},{"x":"\\u003cb\\u003e","y":"1970-01-01T00:00:00Z"}]');
  const circle = new Point(1);
  circle.y = circle;
  assert.match(script(circle), /nested more than 128 levels deep.*null /);
  assert.match(script(() => 1), /unsupported type: func.*null /);
});

test('functions as values', () => {
  const V = { f: (a) => `<${a}>`, n: 5 };
  assert.equal(render('{{call .V.f 1}} {{call .V.f .V.n}}', V), '&lt;1&gt; &lt;5&gt;');
  assert.equal(render('{{call .V.f 1}}', Object.assign(new Task('t'), V)), '&lt;1&gt;');
  assert.equal(render('{{.V.f}}', V), 'func');
  assert.throws(() => render('{{call .V.n}}', V), error('TemplateExec'));
  assert.throws(() => render('{{.V.f.name}}', V), error('TemplateExec'));
  const boom = new Error('boom');
  assert.equal(thrown(() => render('{{call .V.f}}', { f() { throw boom; } })).cause, boom);
});

test('one object is one, also to eq and to functions', () => {
  const [a, b] = [new Task('a'), new Task('b')];
  assert.equal(new Template('{{range .all}}{{if eq . $.chosen}}*{{end}}{{.name}} {{end}}').render({ all: [a, b], chosen: b }), 'a *b ');
  const seen = [];
  new Template('{{see .a}}{{see .list}}', { functions: { see: (value) => { seen.push(value); } } }).render({ a, list: [b, a] });
  assert.equal(seen[0], a);
  assert.deepEqual(seen[1], [b, a]);
  assert.equal(seen[1][1], a);
});

test('objects in a page are asked at every update', async () => {
  const app = new Application();
  const task = new Task('a');
  const template = new Template('<p>{{.t.title}}</p><b>{{.n}}</b>');
  const page = app.newPage(template, { t: task, n: 1 });
  assert.equal(page.data().t, task);
  task.name = 'b';
  assert.deepEqual(JSON.parse(page.patch({ n: 2 }).payload), { tree: { 0: 'B', 1: '2' } });
  task.name = 'c';
  assert.deepEqual(JSON.parse((await page.patchAsync({ n: 3 })).payload), { tree: { 0: 'C', 1: '3' } });
  // The handle that brought the object in is not needed to know that it is there.
  const again = app.getPage(page.token);
  task.name = 'd';
  const pending = again.patchAsync([]);
  task.name = 'e';
  assert.deepEqual(JSON.parse((await pending).payload), { tree: { 0: 'D' } });
  assert.deepEqual(JSON.parse((await page.updateAsync({ t: new Task('x'), n: 3 })).payload), { tree: { 0: 'X' } });
  assert.deepEqual(JSON.parse((await page.updateAsync({ t: { title: 'plain' }, n: 3 })).payload), { tree: { 0: 'plain' } });
  assert.equal(await template.renderAsync({ t: new Task('y'), n: 1 }), '<p>Y</p><b>1</b>');
  page.setData({ t: task, n: 3 });
  assert.match(await page.renderAsync(), /<p>E<\/p>/);
});

test('an object that comes back to its page', async () => {
  let page = null;
  const refusals = [];
  class Live {
    get value() {
      if (!page) return 'new';
      assert.throws(() => page.update({ live: this }), error('Reentrant'));
      refusals.push(assert.rejects(page.patchAsync([]), error('Reentrant')));
      assert.match(page.render(), /<p>/);
      return 'back';
    }
  }
  const live = new Live();
  const made = new Application().newPage(new Template('<p>{{.live.value}}</p>'), { live });
  page = made;
  assert.deepEqual(JSON.parse(page.update({ live }).payload), { tree: { 0: 'back' } });
  await page.updateAsync({ live });
  assert.equal(refusals.length, 2);
  await Promise.all(refusals);
});

test('objects that no page has any more are let go', async () => {
  const app = new Application();
  const template = new Template('{{.}}');
  const registry = [];
  for (let i = 0; i < 50; i++) {
    const task = new Task('t');
    registry.push(new WeakRef(task));
    const page = app.newPage(template, task);
    page.update(null);
  }
  for (let i = 0; i < 5; i++) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
    template.render(new Task('last'));
  }
  assert.ok(registry.filter((ref) => ref.deref()).length < 10);
});

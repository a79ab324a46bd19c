// Data in and out: what JavaScript values become, what is refused and how, what comes back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import vm from 'node:vm';
import { Application, CSS, HTML, HTMLAttr, JS, JSStr, Srcset, Template, URL, codes } from 'livetemplate';

const app = new Application();
const show = new Template('{{.V}}');
const rendered = (value) => show.render({ V: value });
const empty = new Template('');
const back = (value) => app.newPage(empty, value).data();

function refused(data, message, name = 'InvalidData') {
  const expected = { name, code: codes[name], message };
  assert.throws(() => show.render(data), expected);
}

test('scalars', () => {
  assert.equal(rendered('a<b'), 'a&lt;b');
  assert.equal(rendered(true), 'true');
  assert.equal(rendered(null), '');
  assert.equal(rendered(undefined), '');
  assert.equal(rendered(42), '42');
  assert.equal(rendered(0.25), '0.25');
});

test('an integral number of up to 2^53-1 is an integer, any other a float', () => {
  assert.equal(rendered(1000000), '1000000');
  assert.equal(rendered(2 ** 53 - 1), '9007199254740991');
  assert.equal(rendered(-(2 ** 53 - 1)), '-9007199254740991');
  assert.equal(rendered(2 ** 53), '9.007199254740992e&#43;15');
  assert.equal(rendered(1e21), '1e&#43;21');
  assert.equal(rendered(-0), '0');
  assert.equal(new Template('{{printf "%T" .V}}').render({ V: 5.5 }), 'float64');
});

test('a BigInt is an integer of 64 bits', () => {
  assert.equal(rendered(2n ** 53n), '9007199254740992');
  assert.equal(rendered(2n ** 64n - 1n), '18446744073709551615');
  assert.equal(rendered(-(2n ** 63n)), '-9223372036854775808');
  assert.equal(rendered(0n), '0');
  refused({ V: 2n ** 64n }, 'data.V: cannot use a BigInt of more than 64 bits');
  refused({ V: -(2n ** 63n) - 1n }, 'data.V: cannot use a BigInt of more than 64 bits');
});

test('lone surrogates become U+FFFD', () => {
  assert.equal(rendered('a\ud800b'), 'a\ufffdb');
  assert.equal(rendered('\ud83d\ude00'), '\u{1f600}');
});

test('bytes, times, lists, objects and maps', () => {
  assert.equal(rendered(Buffer.from('hi')), '[104 105]');
  assert.equal(rendered(new Uint8Array([1, 2])), '[1 2]');
  assert.equal(new Template('{{.V.Format "2006-01-02T15:04:05.000"}}').render({ V: new Date(Date.UTC(2025, 7, 8, 14, 30, 26, 250)) }), '2025-08-08T14:30:26.250');
  assert.equal(new Template('{{.V.Unix}} {{.V.Nanosecond}}').render({ V: new Date(-1) }), '-1 999000000');
  assert.equal(rendered([1, 'a', null]), '[1 a &lt;nil&gt;]');
  assert.equal(rendered({ b: 1, a: 2 }), 'map[a:2 b:1]');
  assert.equal(rendered(Object.assign(Object.create(null), { a: 1 })), 'map[a:1]');
  assert.equal(rendered(new Map([[10, 'x'], [9, 'y']])), 'map[9:y 10:x]');
  assert.equal(rendered(new Map([[true, 1], [false, 0]])), 'map[false:0 true:1]');
});

test('own enumerable string properties count, nothing else', () => {
  const object = Object.create(null, { hidden: { value: 1, enumerable: false } });
  object.seen = 2;
  object[Symbol('s')] = 3;
  assert.equal(rendered(object), 'map[seen:2]');
  assert.equal(rendered({ 10: 'a', 9: 'b' }), 'map[10:a 9:b]');
});

test('values of another realm are the same values', () => {
  const values = vm.runInNewContext('({ V: { list: [1], date: new Date(0), map: new Map([["k", 1]]) } })');
  assert.equal(new Template('{{.V.list}} {{.V.date.Unix}} {{.V.map}}').render(values), '[1] 0 map[k:1]');
});

test('what cannot be data is refused by name of its place', () => {
  refused({ tasks: [0, 1, 2, { due: Symbol('x') }] }, 'data.tasks[3].due: cannot use a symbol');
  refused({ V: Symbol('x') }, 'data.V: cannot use a symbol');
  refused({ 'a key': [Symbol('x')] }, 'data["a key"][0]: cannot use a symbol');
  refused({ V: Promise.resolve() }, 'data.V: cannot use a Promise, which a template does not wait for');
  refused({ V: new Date(NaN) }, 'data.V: cannot use an invalid Date');
  refused({ V: new Float64Array(1) }, 'data.V: cannot use a typed array other than Uint8Array');
  refused({ V: new Map([[{}, 1]]) }, 'data.V: cannot use a Map key other than a string, an integer of 64 bits or a boolean');
  refused(Symbol('x'), 'data: cannot use a symbol');
});

test('data that is nested too deeply or contains itself is refused', () => {
  const circle = {};
  circle.self = circle;
  refused(circle, /^data is nested more than 128 levels deep/, 'DepthExceeded');
  const nested = (levels) => (levels === 0 ? 1 : [nested(levels - 1)]);
  assert.doesNotThrow(() => empty.render(nested(128)));
  refused(nested(129), /^data is nested more than 128 levels deep/, 'DepthExceeded');
});

test('a getter that throws keeps its error', () => {
  const error = new RangeError('mine');
  const data = { get V() { throw error; } };
  assert.throws(() => show.render(data), (thrown) => thrown === error);
});

test('trusted text skips the escaping of its kind of place only', () => {
  assert.equal(rendered(new HTML('<b>')), '<b>');
  assert.equal(rendered(new CSS('<b>')), '&lt;b&gt;');
  assert.equal(new Template('<a href="{{.V}}">').render({ V: new URL('javascript:f') }), '<a href="javascript:f">');
  assert.equal(new Template('<a href="{{.V}}">').render({ V: 'javascript:f' }), '<a href="#ZgotmplZ">');
  assert.equal(new Template('<p {{.V}}>').render({ V: new HTMLAttr('title="x"') }), '<p title="x">');
  assert.equal(new Template('<script>{{.V}}</script>').render({ V: new JS('f()') }), '<script>f()</script>');
  assert.equal(new Template("<script>'{{.V}}'</script>").render({ V: new JSStr('\\u0041') }), "<script>'\\u0041'</script>");
  assert.equal(new Template('<p style="{{.V}}">').render({ V: new CSS('color: red') }), '<p style="color: red">');
  assert.equal(new Template('<img srcset="{{.V}}">').render({ V: new Srcset('/a 1x, /b 2x') }), '<img srcset="/a 1x, /b 2x">');
});

test('nothing that merely looks like trusted text is trusted', () => {
  refused({ V: Object.create(HTML.prototype) }, 'data.V: cannot use an object that only looks like trusted text');
  refused({ V: Object.setPrototypeOf(new URL('<b>'), HTML.prototype) }, 'data.V: cannot use an object that only looks like trusted text');
  refused({ V: Object.setPrototypeOf({ text: '<b>' }, HTML.prototype) }, 'data.V: cannot use an object that only looks like trusted text');
  assert.equal(rendered({ $html: '<b>' }), 'map[$html:&lt;b&gt;]');
  assert.equal(show.renderJson('{"V": {"$html": "<b>"}}'), 'map[$html:&lt;b&gt;]');
  assert.equal(show.renderJson('{"V": {"$html": "<b>"}}', { trusted: true }), '<b>');
});

test('data comes back as it went in', () => {
  const data = {
    text: 'x', yes: true, none: null, int: 5, float: 0.5, big: 2n ** 60n, huge: 2n ** 64n - 1n, low: -(2n ** 63n),
    date: new Date(1700000000123), list: [1, [2]], object: { a: { b: 1 } }, map: new Map([[1, 'a'], [true, 'b'], ['s', 'c']]),
    bytes: Buffer.from([0, 255]),
  };
  assert.deepEqual(back(data), { ...data, map: new Map([[true, 'b'], [1, 'a'], ['s', 'c']]) });
  const { html, url } = back({ html: new HTML('<b>'), url: new URL('/') });
  assert.ok(html instanceof HTML && url instanceof URL);
  assert.equal(String(html), '<b>');
});

test('a key __proto__ is data, never a prototype', () => {
  const sent = JSON.parse('{"__proto__": {"admin": true}, "a": 1}');
  for (const data of [back(sent), pageData('{"__proto__": {"admin": true}, "a": 1}')]) {
    assert.deepEqual(Object.keys(data).sort(), ['__proto__', 'a']);
    assert.equal(Object.getPrototypeOf(data), Object.prototype);
    assert.equal(data.admin, undefined);
    assert.deepEqual(Object.getOwnPropertyDescriptor(data, '__proto__').value, { admin: true });
  }
  assert.equal({}.admin, undefined);
});

function pageData(json) {
  const page = app.newPage(empty, {});
  page.updateJson(json);
  return page.data();
}

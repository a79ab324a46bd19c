// What the user does, as actions: the rules of @livetemplate/client 0.25.1.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from '../dist/index.js';
import { Network, settle } from './fakes.mjs';
import { page } from './support.mjs';

/** A connected page with `html` in its root. */
function live(t, html) {
  const network = new Network();
  const it = page();
  const client = new Client(it.root, { format: 'tree', environment: network.environment });
  client.start();
  t.after(() => client.stop());
  const show = (content) => network.socket.put({ tree: { s: [content] } });
  show(html);
  const get = (selector) => it.root.querySelector(selector);
  const fire = (selector, type, init = {}, Class = 'Event') => {
    const target = typeof selector === 'string' ? get(selector) : selector;
    const event = new it.window[Class](type, { bubbles: !/^(focus|blur|mouseenter|mouseleave)$/.test(type), cancelable: true, ...init });
    target.dispatchEvent(event);
    return event;
  };
  const submit = (selector, submitter) => {
    const event = new it.window.SubmitEvent('submit', { bubbles: true, cancelable: true, submitter: submitter && get(submitter) });
    get(selector).dispatchEvent(event);
    return event;
  };
  return { ...it, client, network, show, get, fire, submit, sent: () => network.socket.sent.splice(0), put: (message) => network.socket.put(message) };
}
const key = (it, selector, type, init) => it.fire(selector, type, init, 'KeyboardEvent');

test('a click sends the action of the nearest element, with its data', (t) => {
  const it = live(t, '<div lvt-on:click="outer"><button lvt-on:click="inner" data-id="7" data-name="x y" data-key="k" data-flag="true"><b>go</b></button></div>');
  it.fire('b', 'click');
  it.fire('div', 'click');
  assert.deepEqual(it.sent(), [{ action: 'inner', data: { id: 7, name: 'x y', flag: true } }, { action: 'outer', data: {} }]);
});

test('a button outside of forms is an action by its name', (t) => {
  const it = live(t, '<button name="a" value="12" data-x="0042">x</button><button name="r" type="reset">x</button><button>x</button><button name="d" disabled>x</button><button name="c" commandfor="x">x</button><form><button name="f" type="button">x</button></form>');
  for (const button of it.root.querySelectorAll('button')) button.dispatchEvent(new it.window.MouseEvent('click', { bubbles: true }));
  assert.deepEqual(it.sent(), [{ action: 'a', data: { value: 12, x: '0042' } }]);
});

test('a form is its fields, with values as what they are', (t) => {
  const it = live(t, `<form name="save">
    <input name="title" value="Hello"><input name="count" value="12"><input name="code" value="0042"><input name="price" value="1.50">
    <input name="big" value="9007199254740993"><input name="yes" value="true"><input type="password" name="pin" value="1234">
    <input type="checkbox" name="one" checked><input type="checkbox" name="many" value="a" checked><input type="checkbox" name="many" value="b">
    <input type="checkbox" name="many" value="c" checked><select name="s"><option selected>2</option></select><textarea name="t">x</textarea>
    <button>go</button><button name="remove" value="9" data-why="old">x</button></form>`);
  const fields = {
    title: 'Hello', count: 12, code: '0042', price: '1.50', big: '9007199254740993', yes: true, pin: '1234', one: true, many: ['a', 'c'], s: 2, t: 'x',
  };
  const event = it.submit('form');
  assert.equal(event.defaultPrevented, true);
  it.submit('form', 'button[name=remove]');
  const [first, second] = it.sent();
  assert.deepEqual(first, { action: 'save', data: { one: true, many: ['a', 'c'], ...fields } });
  assert.deepEqual(second, { action: 'remove', data: { ...fields, value: 9, why: 'old' }, submitter: 'remove' });
});

test('the action of a form: attribute, button, name, submit', (t) => {
  const it = live(t, '<form id="a" name="n" lvt-form:action="explicit"><button name="b"></button></form><form id="c"></form><form id="p" lvt-persist="tasks"></form><form id="o" lvt-on:submit="own"><input name="x" value="1"><button name="z"></button></form>');
  it.submit('#a', 'button');
  it.submit('#c');
  it.submit('#p');
  it.submit('#o', '#o button');
  assert.deepEqual(it.sent().map((m) => m.action), ['explicit', 'submit', 'persist:tasks', 'own']);
});

test('a form that the browser is to send', (t) => {
  const it = live(t, '<form lvt-form:no-intercept lvt-form:emit-submitter><button name="save"></button><button id="plain"></button></form>');
  it.window.HTMLFormElement.prototype.requestSubmit = () => {};
  const event = it.submit('form', '[name=save]');
  assert.equal(event.defaultPrevented, false);
  assert.equal(it.get('[name=lvt-submitter]').value, 'save');
  it.submit('form', '#plain');
  assert.equal(it.get('[name=lvt-submitter]'), null);
  assert.deepEqual(it.sent(), []);
});

test('the life of a form: pending, then done and success, and it is reset', (t) => {
  const it = live(t, '<dialog open><form name="f"><fieldset><input name="x" value="old"></fieldset><button lvt-form:disable-with="Saving…">Save</button></form></dialog>');
  const form = it.get('form');
  const log = [];
  for (const name of ['pending', 'done', 'success', 'error']) form.addEventListener(`lvt:${name}`, () => log.push(name));
  it.get('dialog').close = function () { this.removeAttribute('open'); };
  it.get('input').value = 'typed';
  it.submit('form', 'button');
  assert.deepEqual(log, ['pending']);
  assert.deepEqual(it.sent()[0].data, { x: 'typed' });
  const busy = () => [form.getAttribute('aria-busy'), it.get('fieldset').disabled, it.get('button').disabled, it.get('button').textContent];
  assert.deepEqual(busy(), ['true', true, true, 'Saving…']);
  // A push meanwhile does not end it.
  it.show('<dialog open><form name="f"><fieldset><input name="x" value="old" class="c"></fieldset><button lvt-form:disable-with="Saving…">Save it</button></form></dialog>');
  assert.deepEqual(busy(), ['true', true, true, 'Saving…']);
  it.put({ tree: {}, meta: { success: true, errors: {}, action: 'f' } });
  assert.deepEqual(log, ['pending', 'done', 'success']);
  assert.deepEqual(busy(), [null, false, false, 'Save it']);
  assert.equal(it.get('input').value, 'old');
  assert.equal(it.get('dialog').hasAttribute('open'), false);
});

test('a form that is refused keeps what was typed; so does one that is preserved', (t) => {
  const it = live(t, '<form name="f"><input name="x"></form><form name="g" lvt-form:preserve><input name="y"></form>');
  const details = [];
  it.get('[name=f]').addEventListener('lvt:error', ({ detail }) => details.push(detail));
  it.get('[name=x]').value = it.get('[name=y]').value = 'typed';
  it.submit('[name=f]');
  it.put({ tree: {}, meta: { success: false, errors: { x: 'bad' }, action: 'f' } });
  it.submit('[name=g]');
  it.put({ type: 'reply', success: true, errors: {}, action: 'g', update: { tree: {} } });
  assert.deepEqual(details, [{ success: false, errors: { x: 'bad' }, action: 'f' }]);
  assert.equal(it.get('[name=x]').value, 'typed');
  assert.equal(it.get('[name=y]').value, 'typed');
});

test('a form whose connection is lost does not wait for ever', (t) => {
  const it = live(t, '<form name="f"></form>');
  const codes = [];
  it.get('form').addEventListener('lvt:error', ({ detail }) => codes.push(detail.code));
  it.submit('form');
  it.network.socket.onclose();
  assert.deepEqual(codes, ['disconnected']);
  assert.equal(it.get('form').hasAttribute('aria-busy'), false);
});

test('fields send their value', (t) => {
  const it = live(t, '<input lvt-on:input="a" name="q" value="7" data-x="1"><select lvt-on:change="b"><option>z</option></select><form lvt-on:change="c"><input name="n" value="3"></form>');
  it.fire('[name=q]', 'input');
  it.fire('select', 'change');
  it.fire('[name=n]', 'change');
  assert.deepEqual(it.sent(), [{ action: 'a', data: { q: 7, x: 1 } }, { action: 'b', data: { value: 'z' } }, { action: 'c', data: { n: 3 } }]);
});

test('events that do not bubble count for their own element', (t) => {
  const it = live(t, '<div lvt-on:focus="no" lvt-on:mouseenter="m"><input lvt-on:focus="f" lvt-on:blur="b"></div>');
  it.fire('input', 'focus');
  it.fire('input', 'blur');
  it.fire('input', 'mouseenter');
  it.fire('div', 'mouseenter');
  assert.deepEqual(it.sent().map((m) => m.action), ['f', 'b', 'm']);
});

test('keys are filtered, combinations as well', (t) => {
  const it = live(t, '<div lvt-on:keydown="any"><input lvt-on:keydown="enter" lvt-key="Enter"><p lvt-on:keydown="save" lvt-key="Mod+s"></p></div>');
  key(it, 'input', 'keydown', { key: 'Enter' });
  key(it, 'input', 'keydown', { key: 'a' });
  key(it, 'input', 'keydown', { key: 'Enter', ctrlKey: true });
  const combination = key(it, 'p', 'keydown', { key: 's', metaKey: true });
  key(it, 'p', 'keydown', { key: 's' });
  assert.equal(combination.defaultPrevented, true);
  assert.deepEqual(it.sent().map((m) => m.action), ['enter', 'any', 'any', 'save', 'any']);
});

test('keys of the window, but not while the user writes', (t) => {
  const it = live(t, '<div lvt-on:window:keydown="next" lvt-key="j" lvt-mod:skip-when-typing data-n="1"></div><div lvt-on:window:keydown="close" lvt-key="Escape"></div><input>');
  key(it, it.document.body, 'keydown', { key: 'j' });
  it.get('input').focus();
  key(it, 'input', 'keydown', { key: 'j' });
  key(it, 'input', 'keydown', { key: 'Escape' });
  assert.deepEqual(it.sent(), [{ action: 'next', data: { n: 1 } }, { action: 'close', data: {} }]);
});

test('debounce sends the last, throttle the first', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const it = live(t, '<input lvt-on:input="d" lvt-mod:debounce="300" name="q"><button lvt-on:click="t" lvt-mod:throttle="500"></button>');
  for (const value of ['a', 'ab', 'abc']) {
    it.get('input').value = value;
    it.fire('input', 'input');
    t.mock.timers.tick(200);
  }
  assert.deepEqual(it.sent(), []);
  t.mock.timers.tick(100);
  assert.deepEqual(it.sent(), [{ action: 'd', data: { q: 'abc' } }]);
  it.fire('button', 'click');
  it.fire('button', 'click');
  t.mock.timers.tick(500);
  it.fire('button', 'click');
  assert.deepEqual(it.sent().map((m) => m.action), ['t', 't']);
});

test('a drag carries keys', (t) => {
  const it = live(t, '<ul><li data-key="a" lvt-on:dragstart=""></li><li data-key="b" lvt-on:dragover="" lvt-on:drop="sort"></li></ul>');
  const stored = {};
  const dataTransfer = { setData: (type, value) => (stored[type] = value), getData: (type) => stored[type] ?? '' };
  const drag = (selector, type) => {
    const event = new it.window.Event(type, { bubbles: true, cancelable: true });
    event.dataTransfer = dataTransfer;
    it.get(selector).dispatchEvent(event);
    return event;
  };
  drag('[data-key=a]', 'dragstart');
  assert.equal(drag('[data-key=b]', 'dragover').defaultPrevented, true);
  drag('[data-key=b]', 'drop');
  assert.deepEqual(stored, { 'application/x-lvt-key': 'a' });
  assert.deepEqual(it.sent(), [{ action: 'sort', data: { dragSourceKey: 'a', dragTargetKey: 'b' } }]);
});

test('a form with files goes as multipart', async (t) => {
  const it = live(t, '<form name="up"><input type="file" name="f"><button name="send" value="now"></button></form>');
  Object.defineProperty(it.get('[type=file]'), 'files', { value: [{}] });
  it.submit('form', 'button');
  const [post] = it.network.posts;
  assert.equal(post.body.get('lvt-action'), 'send');
  assert.equal(post.body.get('lvt-submitter'), 'send');
  assert.equal(post.body.get('send'), 'now');
  assert.deepEqual(it.sent(), []);
  post.answer({ tree: { s: ['<p>done</p>'] }, meta: { success: true, action: 'send' } });
  await settle();
  assert.equal(it.root.textContent, 'done');
});

test('the sentinel loads more, once until the answer', (t) => {
  const observers = [];
  const network = new Network();
  const it = page();
  it.window.IntersectionObserver = class {
    constructor(seen) { this.seen = seen; observers.push(this); }
    observe(element) { this.element = element; }
    disconnect() { this.off = true; }
  };
  const client = new Client(it.root, { format: 'tree', environment: network.environment });
  client.start();
  t.after(() => client.stop());
  network.socket.put({ tree: { s: ['<i lvt-scroll-sentinel></i>'] } });
  const see = () => observers.at(-1).seen([{ isIntersecting: true }]);
  see();
  see();
  assert.deepEqual(network.socket.sent, [{ action: 'load_more', data: {} }]);
  network.socket.put({ tree: {}, meta: { success: true, action: 'load_more' } });
  assert.equal(observers.length, 2);
  see();
  assert.equal(network.socket.sent.length, 2);
  network.socket.put({ tree: { s: ['<b>end</b>'] }, meta: { success: true, action: 'load_more' } });
  assert.equal(observers.length, 2);
  assert.equal(observers[1].off, true);
});

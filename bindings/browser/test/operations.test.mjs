import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Mismatch } from '../dist/index.js';
import { parsed, shown } from './support.mjs';

const row = (key, text = key.toUpperCase()) => `\n  <li id="r-${key}">${text}</li>`;
const PAGE = `<h1 id="h" class="a">Hi</h1><ul id="l">${['a', 'b', 'c', 'd'].map((key) => row(key)).join('')}\n</ul>`;
const list = (...keys) => PAGE.replace(/<ul.*<\/ul>/s, `<ul id="l">${keys.map((key) => row(key)).join('')}\n</ul>`);
const message = (...operations) => ({ seq: 1, operations });
const op = (action, fragment_id, members = {}) => ({ action, fragment_id, ...members });
const space = [3, 0];
const go = (...operations) => {
  const it = shown('operations', PAGE, { attributes: 'id="root"' });
  it.rows = Object.fromEntries([...it.root.querySelectorAll('li')].map((li) => [li.id.slice(2), li]));
  it.applier.apply(message(...operations));
  return it;
};
/** The page is what a parser makes of `html`, down to its text nodes. */
const same = ({ root }, html) => {
  assert.equal(root.innerHTML, parsed(html));
  const copy = root.cloneNode(true);
  copy.normalize();
  assert.equal(root.isEqualNode(copy), true, 'texts in pieces');
};

test('an element is replaced, in place', () => {
  const it = go(op('replace', 'h', { html: '<h1 id="h" class="b">Ho</h1>', content_hash: '12' }));
  same(it, PAGE.replace('class="a">Hi', 'class="b">Ho'));
  assert.deepEqual(it.applier.versions(), { h: '12' });
});

test('rows are put beside others, with their white space', () => {
  same(go(op('insertAfter', 'r-x', { target_id: 'r-b', html: row('x'), space })), list('a', 'b', 'x', 'c', 'd'));
  same(go(op('insertBefore', 'r-x', { target_id: 'r-a', html: row('x'), space })), list('x', 'a', 'b', 'c', 'd'));
  same(go(op('insertAfter', 'r-x', { target_id: 'r-d', html: row('x'), space })), list('a', 'b', 'c', 'd', 'x'));
  same(
    go(op('insertAfter', 'r-x', { target_id: 'r-a', html: row('x'), space }), op('insertAfter', 'r-y', { target_id: 'r-x', html: row('y'), space })),
    list('a', 'x', 'y', 'b', 'c', 'd'),
  );
});

test('rows are removed with their white space', () => {
  same(go(op('remove', 'r-a', { space }), op('remove', 'r-c', { space })), list('b', 'd'));
  same(go(op('remove', 'r-d', { space })), list('a', 'b', 'c'));
});

test('rows are moved as they are', () => {
  for (const [id, action, target, ...order] of [
    ['r-a', 'insertAfter', 'r-d', 'b', 'c', 'd', 'a'],
    ['r-d', 'insertBefore', 'r-a', 'd', 'a', 'b', 'c'],
    ['r-a', 'insertAfter', 'r-b', 'b', 'a', 'c', 'd'],
    ['r-b', 'insertBefore', 'r-a', 'b', 'a', 'c', 'd'],
    ['r-b', 'insertAfter', 'r-a', 'a', 'b', 'c', 'd'],
    ['r-b', 'insertBefore', 'r-c', 'a', 'b', 'c', 'd'],
  ]) {
    const it = go(op(action, id, { target_id: target, space }));
    same(it, list(...order));
    assert.deepEqual([...it.root.querySelectorAll('li')], order.map((key) => it.rows[key]));
  }
});

test('random moves, insertions and removals of rows with any white space', () => {
  let seed = 11;
  const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
  const it = shown('operations', '');
  for (let round = 0; round < 300; round += 1) {
    const units = [random(3), random(3)];
    const text = (key) => `${' '.repeat(units[0])}<li id="${key}">${key}</li>${'\n'.repeat(units[1])}`;
    let keys = Array.from({ length: 2 + random(5) }, (_, n) => `k${n}`);
    const [front, back] = [random(2) ? '\t' : '', random(2) ? '<b></b>' : '\t'];
    const html = (list) => `<ul>${front}${list.map(text).join('')}${back}</ul>`;
    it.applier.resync({ html: html(keys) });
    const operations = [];
    for (let step = 0; step < 4 && keys.length > 1; step += 1) {
      const at = random(keys.length);
      const target = keys[(at + 1 + random(keys.length - 1)) % keys.length];
      const after = random(2);
      const action = after ? 'insertAfter' : 'insertBefore';
      const put = (list, key) => list.splice(list.indexOf(target) + after, 0, key);
      const what = random(3);
      if (what === 0) {
        operations.push(op('remove', keys[at], { space: units }));
        keys.splice(at, 1);
      } else if (what === 1) {
        const [key] = keys.splice(at, 1);
        put(keys, key);
        operations.push(op(action, key, { target_id: target, space: units }));
      } else {
        const key = `n${step}`;
        put(keys, key);
        operations.push(op(action, key, { target_id: target, html: text(key), space: units }));
      }
    }
    it.applier.apply(message(...operations));
    assert.equal(it.root.innerHTML, html(keys), JSON.stringify(operations));
    same(it, html(keys));
  }
});

test('rows are put at the ends of an element', () => {
  const it = go(op('append', 'h', { html: '<b id="e">!</b>' }), op('prepend', 'h', { html: '<i>¡</i>' }), op('remove', 'e'));
  same(it, PAGE.replace('>Hi<', '><i>¡</i>Hi<'));
});

test('parts of an element change', () => {
  const { applier, root } = shown('operations', '<div id="d" class="a"><p><b>x</b></p><input value="1" style="color: red"></div>');
  const input = root.querySelector('input');
  applier.apply(message(op('update', 'd', {
    content: { text_nodes: { '0.0': 'y < 1' } },
    structure: { attributes: { '1': { value: '"2"', '@click': 'go' }, '0': { title: 'T', lang: null } } },
    styling: { classes: { '': 'a b' }, inline_styles: { '1': 'color: blue' } },
    content_hash: '77',
  })));
  assert.equal(root.querySelector('p').outerHTML, '<p title="T"><b>y &lt; 1</b></p>');
  assert.equal(root.querySelector('#d').className, 'a b');
  assert.equal(input.value, '"2"');
  assert.equal(input.getAttribute('@click'), 'go');
  assert.equal(input.getAttribute('style'), 'color: blue');
  assert.deepEqual(applier.versions(), { d: '77' });
  applier.apply(message(op('update', 'd', { structure: { attributes: { '0': { title: null } } } })));
  assert.equal(root.querySelector('p').hasAttribute('title'), false);
});

test('paths are those of the page before the message', () => {
  const { applier, root } = shown('operations', PAGE);
  const [first, second] = root.querySelectorAll('#l > li');
  applier.apply(message(op('remove', first.id), op('update', 'l', { structure: { attributes: { 1: { title: 'second' } } } })));
  assert.equal(first.isConnected, false);
  assert.equal(second.title, 'second');
});

test('the live region is replaced', () => {
  const it = go(op('replace', 'root', { html: '<p id="p">new</p>' }));
  assert.equal(it.root.innerHTML, '<p id="p">new</p>');
});

test('hashes are kept per fragment, and come with a resync', () => {
  const { applier } = shown('operations', '');
  applier.resync({ type: 'resync', seq: 3, html: PAGE, versions: { h: '1', l: '2' } });
  assert.deepEqual(applier.versions(), { h: '1', l: '2' });
});

for (const [what, operation, ...kept] of [
  ['noop', op('noop', 'h'), 'root', 'l', 'h', 'r-a', 'r-b'],
  ['a replacement with a hash: what is in it', op('replace', 'l', { html: '<ul id="l"></ul>', content_hash: 'l' }), 'root', 'l', 'h'],
  ['a replacement without: what is around it too', op('replace', 'l', { html: '<ul id="l"></ul>' }), 'h'],
  ['a removal: what is in it and around it', op('remove', 'r-a'), 'root', 'h', 'r-b'],
  ['an insertion: what is around it', op('insertAfter', 'r-x', { target_id: 'r-a', html: row('x'), content_hash: 'r-x' }), 'root', 'h', 'r-a', 'r-b', 'r-x'],
  ['a move: what is around it', op('insertAfter', 'r-a', { target_id: 'r-b' }), 'root', 'h', 'r-a', 'r-b'],
  ['an append: the element', op('append', 'l', { html: row('x') }), 'root', 'h', 'r-a', 'r-b'],
  ['an update without a hash: the element', op('update', 'h', { styling: { classes: { '': 'x' } } }), 'root', 'l', 'r-a', 'r-b'],
  ['an update with one', op('update', 'h', { styling: { classes: { '': 'x' } }, content_hash: 'h' }), 'root', 'l', 'r-a', 'r-b', 'h'],
]) {
  test(`hashes after ${what}`, () => {
    const { applier } = shown('operations', '', { attributes: 'id="root"' });
    const versions = Object.fromEntries(['root', 'l', 'h', 'r-a', 'r-b'].map((id) => [id, id]));
    applier.resync({ type: 'resync', seq: 3, html: PAGE, versions });
    applier.apply(message(operation));
    assert.deepEqual(Object.keys(applier.versions()).sort(), kept.sort());
  });
}

const good = op('replace', 'h', { html: '<h1 id="h">good</h1>' });
for (const [what, ...operations] of [
  ['an unknown element', good, op('replace', 'zz', { html: '<b id="zz"></b>' })],
  ['an unknown target', good, op('insertAfter', 'r-x', { target_id: 'r-x', html: row('x') })],
  ['an element that was removed before', good, op('remove', 'r-a'), op('remove', 'r-a')],
  ['an element in one that was removed', good, op('remove', 'l'), op('insertAfter', 'r-x', { target_id: 'r-a', html: row('x') })],
  ['an element that a replacement took away', good, op('replace', 'l', { html: '<ul id="l"></ul>' }), op('remove', 'r-a')],
  ['a row moved into itself', good, op('insertAfter', 'l', { target_id: 'r-a' })],
  ['a row beside the live region', good, op('insertAfter', 'r-a', { target_id: 'root' })],
  ['HTML that is not one element', good, op('replace', 'l', { html: '<ul></ul><ul></ul>' })],
  ['HTML that is no text', good, op('append', 'l', { html: 5 })],
  ['an unknown action', good, op('shuffle', 'l')],
  ['no id', good, { action: 'remove' }],
  ['a path that leads nowhere', good, op('update', 'l', { content: { text_nodes: { 9: 'x' } } })],
  ['a text for more than text', good, op('update', 'l', { content: { text_nodes: { '': 'x' } } })],
  ['an attribute that is no text', good, op('update', 'l', { structure: { attributes: { '': { a: 1 } } } })],
  ['an attribute whose name ends the tag', good, op('update', 'l', { structure: { attributes: { '': { 'a>': 'x' } } } })],
  ['an attribute whose name is two', good, op('update', 'l', { structure: { attributes: { '': { 'a b': 'x' } } } })],
  ['an element that a new content took away', op('replace', 'root', { html: '<b id="x">x</b>' }), op('remove', 'r-a')],
  ['the removal of the live region', good, op('remove', 'root')],
  ['white space that is no pair', good, op('remove', 'r-a', { space: 'x' })],
]) {
  test(`${what}: the page stays as it is`, () => {
    const { applier, root } = shown('operations', PAGE, { attributes: 'id="root"' });
    const before = root.innerHTML;
    assert.throws(() => applier.apply(message(...operations)), Mismatch);
    assert.equal(root.innerHTML, before);
    applier.apply(message(good));
    assert.equal(root.querySelector('h1').textContent, 'good');
  });
}

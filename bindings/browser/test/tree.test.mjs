import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Mismatch } from '../dist/index.js';
import { parsed, shown } from './support.mjs';

const row = (key, text) => ({ _k: key, 0: key, 1: text });
const list = (...rows) => ({
  s: ['<h1>', '</h1><ul>', '</ul>'],
  0: 'Hi',
  1: { s: ['<li data-key="', '">', '</li>'], d: rows },
});
const start = (tree) => {
  const it = shown('tree', '');
  it.applier.apply({ tree });
  it.update = (update) => it.applier.apply({ tree: update });
  it.keys = () => [...it.root.querySelectorAll('li')].map((li) => li.dataset.key).join('');
  return it;
};
const abc = () => start(list(row('a', 'A'), row('b', 'B'), row('c', 'C')));

test('a full tree is rendered, an update changes its slots', () => {
  const it = abc();
  assert.equal(it.root.innerHTML, '<h1>Hi</h1><ul><li data-key="a">A</li><li data-key="b">B</li><li data-key="c">C</li></ul>');
  const h1 = it.root.querySelector('h1');
  it.update({ 0: 'Ho' });
  assert.equal(h1.textContent, 'Ho');
  assert.equal(it.root.firstChild, h1);
  assert.equal(it.applier.rendered, it.root.innerHTML);
});

test('operations on a range keep the rows they do not name', () => {
  const it = abc();
  const [a, b, c] = it.root.querySelectorAll('li');
  it.update({ 1: [['r', 'b'], ['u', 'a', { 1: 'A2' }], ['a', row('d', 'D')], ['p', [row('x', 'X'), row('y', 'Y')]], ['i', 'c', row('z', 'Z')]] });
  assert.equal(it.keys(), 'xyaczd');
  assert.equal(a.textContent, 'A2');
  assert.equal(b.isConnected, false);
  it.update({ 1: [['o', ['d', 'c', 'a', 'z', 'y', 'x']]] });
  assert.equal(it.keys(), 'dcazyx');
  assert.equal(it.root.querySelectorAll('li')[1], c);
  assert.equal(it.root.querySelectorAll('li')[2], a);
});

test('a row with a key that says nothing may be removed', () => {
  const it = abc();
  it.update({ 1: [['r', '-']] });
  assert.equal(it.keys(), 'abc');
});

test('else is shown for an empty range, and rows come back', () => {
  const it = start({ s: ['<div>', '</div>'], 0: { s: ['<p data-key="', '"></p>'], d: [], else: { s: ['none of ', ''], 0: '3' } } });
  assert.equal(it.root.innerHTML, '<div>none of 3</div>');
  it.update({ 0: { else: { 0: '4' } } });
  assert.equal(it.root.innerHTML, '<div>none of 4</div>');
  it.update({ 0: { d: [{ _k: 'a', 0: 'a' }] } });
  assert.equal(it.root.innerHTML, '<div><p data-key="a"></p></div>');
  it.update({ 0: { d: [] } });
  assert.equal(it.root.innerHTML, '<div>none of 4</div>');
});

test('rows are keyed by a slot that the range names', () => {
  const it = start({ s: ['', ''], 0: { s: ['<b>', '</b>'], d: [{ 0: 'x' }, { 0: 'y' }], m: { idKey: '0' } } });
  it.update({ 0: [['r', 'x']] });
  assert.equal(it.root.innerHTML, '<b>y</b>');
});

test('nested ranges, branches that come and go, lists of parts', () => {
  const it = start({
    s: ['', '|', '|', ''],
    0: { s: ['<ul>', '</ul>'], d: [{ _k: 'a', 0: { s: ['<li>', '</li>'], d: [{ _k: '1', 0: 'one' }] } }] },
    1: '',
    2: ['{', '{x}}'],
  });
  assert.equal(it.root.innerHTML, '<ul><li>one</li></ul>||{{x}}');
  it.update({ 0: [['u', 'a', { 0: [['a', [{ _k: '2', 0: 'two' }]]] }]], 1: { s: ['<i>', '</i>'], 0: 'in' } });
  assert.equal(it.root.innerHTML, '<ul><li>one</li><li>two</li></ul>|<i>in</i>|{{x}}');
  it.update({ 1: { 0: 'out' } });
  assert.match(it.root.innerHTML, /<i>out<\/i>/);
  it.update({ 1: '', 2: 7 });
  assert.match(it.root.innerHTML, /\|\|7$/);
});

test('a node with statics replaces a range, and one with fewer slots', () => {
  const it = start({ s: ['', ''], 0: { s: ['', '', ''], 0: { s: ['<b>', '</b>'], d: [{ _k: 'a', 0: '1' }] }, 1: 'x' } });
  it.update({ 0: { s: ['<i>', '</i>'], 0: 'only' } });
  assert.equal(it.root.innerHTML, '<i>only</i>');
});

test('a whole tree brings the page from any state', () => {
  const it = abc();
  it.update(list(row('c', 'C'), row('q', 'Q')));
  assert.equal(it.keys(), 'cq');
});

test('table rows are parsed in their place', () => {
  const it = start({ s: ['<table><tbody>', '</tbody></table>'], 0: { s: ['<tr data-key="', '"><td>', '</td></tr>'], d: [row('a', 'A')] } });
  it.update({ 0: [['a', row('b', 'B')]] });
  assert.equal(it.root.innerHTML, parsed('<table><tbody><tr data-key="a"><td>A</td></tr><tr data-key="b"><td>B</td></tr></tbody></table>'));
});

/** What a page with the slots `before` becomes with `after`; the number of changes in it. */
async function changes(statics, before, after, prepare = () => {}) {
  const it = start({ s: statics, ...before });
  prepare(it.root, it.document);
  const observer = new it.window.MutationObserver(() => {});
  observer.observe(it.root, { subtree: true, childList: true, attributes: true, characterData: true });
  it.update(after);
  return { ...it, records: observer.takeRecords() };
}

for (const [what, statics, before, after] of [
  ['a text', ['<p>', '</p><p>b</p>'], { 0: 'a' }, { 0: 'A' }],
  ['a text that was empty', ['<p>', '</p><p>b</p>'], { 0: '' }, { 0: 'A' }],
  ['texts and attributes', ['<p title="', '">', '</p><p>', '</p>'], { 0: 'a', 1: 'b', 2: 'c' }, { 0: 'x', 1: 'y', 2: 'z' }],
  ['a tag around others', ['<div class="', '"><p>b</p></div>'], { 0: 'a' }, { 0: 'x' }],
  ['a void element', ['<p><input value="', '"><br class="', '"></p>'], { 0: 'a', 1: 'b' }, { 0: 'x', 1: 'y' }],
  ['a value with `>` and quotes', [`<p title='`, `'>`, '</p>'], { 0: 'a > "b"', 1: 'x' }, { 0: 'c >> "d"', 1: 'y' }],
  ['an entity', ['<p>', '</p>'], { 0: '&lt;' }, { 0: '&amp;&#39;' }],
  ['text beside elements', ['<p><b>', '</b> ', '</p>'], { 0: 'a', 1: 'b' }, { 1: 'x' }],
  ['a row of a table', ['<table><tr><td>', '</table>'], { 0: 'a' }, { 0: 'x' }],
  ['text where a table has none', ['<table><tr>', '</tr></table>'], { 0: '' }, { 0: 'x' }],
  ['elements that a parser puts elsewhere', ['<p>1<p>2<table><p>', '</p></table><p>', '</p>'], { 0: 'a', 1: 'b' }, { 0: 'x', 1: 'y' }],
  ['an element that stays open', ['<b>1<p>', '</p><p>', '</p>'], { 0: 'a', 1: 'b' }, { 0: 'x', 1: 'y' }],
  ['tags in a comment', ['<!-- <i> --><i>', '</i>'], { 0: 'a' }, { 0: 'x' }],
  ['a comment', ['<!-- ', ' --><i>i</i>'], { 0: 'a' }, { 0: 'x' }],
  ['tags in a script', ['<script>"<i>"</script><i>', '</i>'], { 0: 'a' }, { 0: 'x' }],
  ['a template', ['<template><i>', '</i></template><i>', '</i>'], { 0: 'a', 1: 'b' }, { 0: 'x', 1: 'y' }],
  ['nested forms', ['<form><form><i>', '</i></form></form>'], { 0: 'a' }, { 0: 'x' }],
  ['an svg', ['<svg viewBox="', '"><text>', '</text></svg>'], { 0: '0 0 1 1', 1: 'a' }, { 0: '0 0 2 2', 1: 'x' }],
  ['an option', ['<select><option ', '>a<option ', '>b</select>'], { 0: 'selected', 1: '' }, { 0: '', 1: 'selected' }],
  ['a textarea', ['<textarea>', '</textarea>'], { 0: '\na' }, { 0: '\n\nx' }],
]) {
  test(`${what} becomes what a parser makes of it`, async () => {
    const it = await changes(statics, before, after);
    assert.equal(it.root.innerHTML, parsed(it.applier.rendered));
  });
}

test('a new text touches its element alone, whatever other scripts did elsewhere', async () => {
  const it = await changes(['<div>', '</div><i>', '</i><input value="v"><i>same</i>'], { 0: 'a', 1: 'b' }, { 1: 'x' }, (root) => {
    root.querySelector('input').className = 'theirs';
  });
  assert.equal(it.root.innerHTML, '<div>a</div><i>x</i><input value="v" class="theirs"><i>same</i>');
  assert.equal(it.records.length, 1);
});

test('where the page is not what the server rendered, all of it is compared', async () => {
  for (const prepare of [
    (root, document) => root.prepend(document.createElement('i')),
    (root) => (root.querySelector('i').textContent = 'theirs'),
    (root) => root.querySelector('i').setAttribute('title', 'theirs'),
  ]) {
    const it = await changes(['<i>', '</i><i>', '</i>'], { 0: 'a', 1: 'b' }, { 0: 'x' }, prepare);
    assert.equal(it.root.innerHTML, '<i>x</i><i>b</i>');
  }
});

test('an element that is left to the page stays, and one that is forced comes back', async () => {
  const kept = await changes(['<div lvt-ignore><i>', '</i></div>'], { 0: 'a' }, { 0: 'x' });
  assert.equal(kept.root.innerHTML, '<div lvt-ignore=""><i>a</i></div>');
  const forced = await changes(['<input data-lvt-force-update value="v"><i>', '</i>'], { 0: 'a' }, { 0: 'x' }, (root) => (root.firstChild.value = 'typed'));
  assert.equal(forced.root.firstChild.value, 'v');
});

test('the choice in a select is the server’s when it changes', async () => {
  const it = await changes(['<select><option value="a" ', '>a<option value="b" ', '>b<option>c</select>'], { 0: 'selected', 1: '' }, { 0: '', 1: 'selected' }, (root) => {
    root.firstChild.value = 'c';
  });
  assert.equal(it.root.firstChild.value, 'b');
});

for (const [what, update] of [
  ['an operation on what is no range', { 0: [['r', 'a']] }],
  ['an update of an unknown row', { 1: [['r', 'a'], ['u', 'q', { 1: 'x' }]] }],
  ['an insertion beside an unknown row', { 1: [['i', 'q', row('z', 'Z')]] }],
  ['an order with an unknown row', { 1: [['o', ['a', 'q']]] }],
  ['an unknown operation', { 1: [['x', 'a']] }],
  ['an item that is no object', { 1: [['a', ['text']]] }],
  ['an order without keys', { 1: [['o', 'a']] }],
  ['no tree', null],
]) {
  test(`${what} leaves the page as it was`, () => {
    const it = abc();
    const before = it.root.innerHTML;
    assert.throws(() => it.update(update && { 2: 'changed', ...update }), Mismatch);
    assert.equal(it.root.innerHTML, before);
    it.update({ 1: [['r', 'a']] });
    assert.equal(it.keys(), 'bc');
  });
}

test('an update before the first whole tree is refused', () => {
  const { applier, root } = shown('tree', '<p>from the server</p>');
  assert.throws(() => applier.apply({ tree: { 0: 'x' } }), Mismatch);
  assert.equal(root.innerHTML, '<p>from the server</p>');
});

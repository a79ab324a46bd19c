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

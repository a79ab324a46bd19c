import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Mismatch, checksum } from '../dist/index.js';
import { parsed, shown } from './support.mjs';

const H1 = '<h1 data-fragment-id="f-1" title="t">Hi Bob, 3 new</h1>';
const row = (key, text) => `\n  <li data-fragment-id="r-${key}">${text}</li>`;
const LIST = `<ul data-fragment-id="f-2">${row('a', 'A')}${row('b', 'B')}${row('c', 'C')}\n</ul>`;
const PAGE = `${H1}${LIST}`;
const STATICS = ['<h1 data-fragment-id="f-1" title="', '">Hi ', ', ', ' new</h1>'];

const fragment = (strategy) => (id, data) => ({ id, strategy, action: 'update', data });
const dynamics = fragment('static_dynamic');
const markers = (id, ...patches) => fragment('markers')(id, { patches });
const granular = fragment('granular');
const replacement = (id, content) => fragment('replacement')(id, { content });
const message = (...fragments) => ({ seq: 1, fragments });

test('statics come once, then dynamics that changed', () => {
  const { applier, root } = shown('fragments', PAGE);
  const h1 = root.querySelector('h1');
  applier.apply(message(dynamics('f-1', { statics: STATICS, fingerprint: 'aa', dynamics: { 0: 't', 1: 'Al', 2: '4' } })));
  assert.equal(h1.textContent, 'Hi Al, 4 new');
  applier.apply(message(dynamics('f-1', { fingerprint: 'aa', dynamics: { 2: '5 &lt;' } })));
  assert.equal(h1.textContent, 'Hi Al, 5 < new');
  assert.equal(root.querySelector('h1'), h1);
});

test('after anything else all dynamics must come again', () => {
  const { applier, root } = shown('fragments', PAGE);
  applier.apply(message(dynamics('f-1', { statics: STATICS, fingerprint: 'aa', dynamics: { 0: 't', 1: 'Al', 2: '4' } })));
  const text = STATICS[0] + 't' + STATICS[1] + 'Al' + STATICS[2] + '4' + STATICS[3];
  applier.apply(message(markers('f-1', { position: text.indexOf('Al'), length: 2, new_value: 'Zoe' })));
  assert.deepEqual(applier.checksums(), { 'f-1': checksum(text.replace('Al', 'Zoe')) });
  const before = root.innerHTML;
  assert.throws(() => applier.apply(message(dynamics('f-1', { fingerprint: 'aa', dynamics: { 2: '5' } }))), Mismatch);
  assert.equal(root.innerHTML, before);
  applier.apply(message(dynamics('f-1', { fingerprint: 'aa', dynamics: { 0: 't', 1: 'Zoe', 2: '5' } })));
  assert.match(root.textContent, /Hi Zoe, 5 new/);
});

test('the values of the last 1,000 fragments are held', () => {
  const ids = Array.from({ length: 1001 }, (_, i) => `p${i}`);
  const { applier, root } = shown('fragments', ids.map((id) => `<p data-fragment-id="${id}">a</p>`).join(''));
  const told = (id) => dynamics(id, { statics: ['<p data-fragment-id="', '">', '</p>'], fingerprint: 'x', dynamics: { 0: id, 1: 'b' } });
  applier.apply(message(...ids.slice(0, 1000).map(told)));
  applier.apply(message(dynamics('p0', { fingerprint: 'x', dynamics: { 1: 'c' } })));
  applier.apply(message(told('p1000')));
  assert.throws(() => applier.apply(message(dynamics('p1', { fingerprint: 'x', dynamics: { 1: 'd' } }))), Mismatch);
  applier.apply(message(dynamics('p0', { fingerprint: 'x', dynamics: { 1: 'd' } })));
  assert.equal(root.firstElementChild.textContent, 'd');
});

test('statics that another fragment brought in the same message', () => {
  const rows = '<p data-fragment-id="p1">a</p><p data-fragment-id="p2">b</p>';
  const { applier, root } = shown('fragments', rows);
  applier.apply(message(
    dynamics('p1', { statics: ['<p data-fragment-id="', '">', '</p>'], fingerprint: 'x', dynamics: { 0: 'p1', 1: '1' } }),
    dynamics('p2', { fingerprint: 'x', dynamics: { 0: 'p2', 1: '2' } }),
  ));
  assert.equal(root.textContent, '12');
});

const keys = (root) => [...root.querySelectorAll('li')].map((li) => li.dataset.fragmentId.slice(2)).join('');
const list = (...rows) => `<ul data-fragment-id="f-2">${rows.map((key) => row(key, key.toUpperCase())).join('')}\n</ul>`;

test('rows come, go and move one after another, with their white space', () => {
  const { applier, root } = shown('fragments', PAGE);
  const [a, , c] = root.querySelectorAll('li');
  applier.apply(message(
    granular('r-b', { operation: 'remove', space: [3, 0] }),
    granular('r-a', { operation: 'insert', position: 1, content: row('x', 'X') + row('y', 'Y') }),
    granular('r-x', { operation: 'insert', position: 0, content: row('b', 'B'), space: [3, 0] }),
    granular('r-y', { operation: 'insert', position: 1, selector: 'r-a', space: [3, 0] }),
  ));
  assert.equal(root.innerHTML, parsed(H1 + list('b', 'x', 'y', 'a', 'c')));
  assert.equal(root.querySelectorAll('li')[3], a);
  assert.equal(root.querySelectorAll('li')[4], c);
  const text = '<li data-fragment-id="r-x">X</li>';
  applier.apply(message(markers('r-x', { position: text.indexOf('X<'), length: 1, new_value: 'ZZ' })));
  assert.equal(root.querySelectorAll('li')[1].textContent, 'ZZ');
});

test('a row that moves keeps its element and gets new values', () => {
  const { applier, root } = shown('fragments', PAGE);
  const c = root.querySelectorAll('li')[2];
  const text = '<li data-fragment-id="r-c">C</li>';
  applier.apply(message(
    granular('r-a', { operation: 'insert', selector: 'r-c', space: [3, 0] }),
    markers('r-c', { position: text.indexOf('C'), length: 1, new_value: 'D' }),
  ));
  assert.equal(keys(root), 'cab');
  assert.equal(root.querySelector('li'), c);
  assert.equal(c.textContent, 'D');
});

test('a branch comes beside its neighbour, becomes another and goes', () => {
  const { applier, root } = shown('fragments', PAGE);
  applier.apply(message(granular('f-1', { operation: 'insert', position: 1, content: '<p data-fragment-id="p">yes</p>' })));
  assert.equal(root.innerHTML, parsed(`${H1}<p data-fragment-id="p">yes</p>${LIST}`));
  applier.apply(message(
    replacement('p', '<div data-fragment-id="q">no</div>'),
    granular('q', { operation: 'insert', position: 1, content: '<hr data-fragment-id="h">' }),
  ));
  assert.equal(root.innerHTML, parsed(`${H1}<div data-fragment-id="q">no</div><hr data-fragment-id="h">${LIST}`));
  const text = '<div data-fragment-id="q">no</div>';
  applier.apply(message(granular('h', { operation: 'remove' }), markers('q', { position: text.indexOf('no'), length: 2, new_value: 'x' })));
  applier.apply(message(granular('q', { operation: 'remove' })));
  assert.equal(root.innerHTML, parsed(PAGE));
});

test('what was held of a fragment that comes again has to come again', () => {
  const { applier, root } = shown('fragments', PAGE);
  applier.apply(message(dynamics('r-a', { statics: ['<li data-fragment-id="', '">', '</li>'], fingerprint: 'r', dynamics: { 0: 'r-a', 1: '1' } })));
  applier.apply(message(granular('r-a', { operation: 'remove', space: [3, 0] })));
  applier.apply(message(granular('r-b', { operation: 'insert', content: row('a', 'A'), space: [3, 0] })));
  assert.equal(keys(root), 'abc');
  assert.throws(() => applier.apply(message(dynamics('r-a', { fingerprint: 'r', dynamics: { 1: '2' } }))), Mismatch);
  applier.apply(message(dynamics('r-a', { fingerprint: 'r', dynamics: { 0: 'r-a', 1: '2' } })));
  assert.equal(root.querySelector('li').textContent, '2');
});

test('a replacement is the new text', () => {
  const { applier, root } = shown('fragments', PAGE);
  applier.apply(message(replacement('f-1', '<h1 data-fragment-id="f-1"><i>other</i></h1>')));
  assert.equal(root.querySelector('h1').innerHTML, '<i>other</i>');
});

const good = replacement('f-1', '<h1 data-fragment-id="f-1">good</h1>');
for (const [what, broken] of [
  ['no fragments', { seq: 1 }],
  ['an unknown strategy', message(good, fragment('magic')('f-2', {}))],
  ['unknown statics', message(good, dynamics('r-a', { fingerprint: 'zz', dynamics: { 0: 'x' } }))],
  ['a missing dynamic', message(good, dynamics('r-a', { statics: ['<li data-fragment-id="r-a">', '', '</li>'], fingerprint: 'm', dynamics: { 0: 'x' } }))],
  ['a dynamic that is no text', message(good, dynamics('r-a', { statics: ['<li data-fragment-id="r-a">', '</li>'], fingerprint: 'm', dynamics: { 0: {} } }))],
  ['statics that are no texts', message(good, dynamics('r-a', { statics: [1], fingerprint: 'm', dynamics: {} }))],
  ['a row that is not there', message(good, granular('r-z', { operation: 'remove' }))],
  ['a row that was removed before', message(good, granular('r-a', { operation: 'remove' }), granular('r-a', { operation: 'remove' }))],
  ['a place beside a row that was removed before', message(good, granular('r-a', { operation: 'remove' }), granular('r-a', { operation: 'insert', content: row('x', 'X') }))],
  ['a place beside a row of a fragment that was replaced', message(good, replacement('f-2', LIST.replace(/r-/g, 's-')), granular('r-a', { operation: 'insert', content: row('x', 'X') }))],
  ['an element that is moved into itself', message(good, granular('r-a', { operation: 'insert', selector: 'f-2' }))],
  ['a row that is moved beside itself', message(good, granular('r-a', { operation: 'insert', selector: 'r-a' }))],
  ['a row without content', message(good, granular('r-a', { operation: 'insert' }))],
  ['an unknown operation', message(good, granular('r-a', { operation: 'shuffle' }))],
  ['a replacement that is no fragment', message(good, replacement('r-a', '<li>A</li>'))],
  ['white space that is no pair', message(good, granular('r-a', { operation: 'remove', space: [1] }))],
  ['patches that are no list', message(good, fragment('markers')('r-a', { patches: 7 }))],
]) {
  test(`${what}: the page stays as it is`, () => {
    const { applier, root } = shown('fragments', PAGE);
    const before = root.innerHTML;
    assert.throws(() => applier.apply(broken), Mismatch);
    assert.equal(root.innerHTML, before);
    applier.apply(message(good));
    assert.equal(root.querySelector('h1').textContent, 'good');
  });
}

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

test('statics that another fragment brought in the same message', () => {
  const rows = '<p data-fragment-id="p1">a</p><p data-fragment-id="p2">b</p>';
  const { applier, root } = shown('fragments', rows);
  applier.apply(message(
    dynamics('p1', { statics: ['<p data-fragment-id="', '">', '</p>'], fingerprint: 'x', dynamics: { 0: 'p1', 1: '1' } }),
    dynamics('p2', { fingerprint: 'x', dynamics: { 0: 'p2', 1: '2' } }),
  ));
  assert.equal(root.textContent, '12');
});

test('rows come and go one by one', () => {
  const { applier, root } = shown('fragments', PAGE);
  const [a, , c] = root.querySelectorAll('li');
  applier.apply(message(
    granular('f-2', { operation: 'remove', position: 1, space: [3, 0] }),
    granular('f-2', { operation: 'insert', position: 1, content: row('x', 'X').trim() }),
    granular('f-2', { operation: 'prepend', content: row('p', 'P') }),
  ));
  assert.equal(root.querySelector('ul').textContent.replace(/\s/g, ''), 'PAXC');
  assert.equal(root.querySelectorAll('li')[1], a);
  assert.equal(root.querySelectorAll('li')[3], c);
  applier.apply(message(granular('f-2', { operation: 'remove', selector: '[data-fragment-id="r-c"]', space: [3, 0] }), granular('f-2', { operation: 'append', content: '<li data-fragment-id="r-z">Z</li>' })));
  assert.equal(root.querySelector('ul').textContent.replace(/\s/g, ''), 'PAXZ');
  const text = '<li data-fragment-id="r-z">Z</li>';
  applier.apply(message(markers('r-z', { position: text.indexOf('Z<'), length: 1, new_value: 'ZZ' })));
  assert.equal(root.querySelector('li:last-of-type').textContent, 'ZZ');
});

test('rows are put beside others, with their white space', () => {
  const list = (...keys) => `<ul data-fragment-id="f-2">${keys.map((key) => row(key, key.toUpperCase())).join('')}\n</ul>`;
  const add = (operation, position) => granular('f-2', { operation, position, content: row('x', 'X'), space: [3, 0] });
  for (const [operation, ...keys] of [
    [add('append'), 'a', 'b', 'c', 'x'],
    [add('append', 0), 'a', 'x', 'b', 'c'],
    [add('prepend'), 'x', 'a', 'b', 'c'],
    [add('prepend', 2), 'a', 'b', 'x', 'c'],
    [add('insert', 0), 'x', 'a', 'b', 'c'],
    [add('insert', 1), 'a', 'x', 'b', 'c'],
    [add('insert', 3), 'a', 'b', 'c', 'x'],
  ]) {
    const { applier, root } = shown('fragments', PAGE);
    applier.apply(message(operation));
    assert.equal(root.innerHTML, parsed(H1 + list(...keys)), JSON.stringify(operation));
    applier.apply(message(granular('f-2', { operation: 'remove', selector: '[data-fragment-id="r-x"]', space: [3, 0] })));
    assert.equal(root.innerHTML, parsed(PAGE));
  }
});

test('an element without others gets its first', () => {
  const { applier, root } = shown('fragments', '<ul data-fragment-id="u">text</ul>');
  applier.apply(message(granular('u', { operation: 'append', content: '<li>1</li>' }), granular('u', { operation: 'append', content: '<li>2</li>' })));
  assert.equal(root.innerHTML, '<ul data-fragment-id="u">text<li>1</li><li>2</li></ul>');
});

test('a removed row takes its white space along', () => {
  const { applier, root } = shown('fragments', PAGE);
  applier.apply(message(granular('f-2', { operation: 'remove', position: 1, space: [3, 0] })));
  assert.equal(root.innerHTML, parsed(PAGE.replace(row('b', 'B'), '')));
  assert.equal(root.querySelector('ul').childNodes.length, 5);
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
  ['a row that is not there', message(good, granular('f-2', { operation: 'remove', position: 3 }))],
  ['a row of another fragment', message(good, granular('f-2', { operation: 'remove', selector: 'h1' }))],
  ['a row that was removed before', message(good, granular('f-2', { operation: 'remove', selector: '[data-fragment-id=r-a]' }), granular('f-2', { operation: 'remove', selector: '[data-fragment-id=r-a]' }))],
  ['a place that is not there', message(good, granular('f-2', { operation: 'insert', position: 9, content: '<li></li>' }))],
  ['an unknown operation', message(good, granular('f-2', { operation: 'shuffle' }))],
  ['white space that is no pair', message(good, granular('f-2', { operation: 'remove', position: 0, space: [1] }))],
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

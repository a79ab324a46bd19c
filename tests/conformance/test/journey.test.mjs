// What journeys are made of and judged by.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { belowFloor } from '../lib/coverage.mjs';
import { SPELLINGS, applyOps, mergePatch, spell } from '../lib/data.mjs';
import { drawTemplate, source } from '../lib/grammar.mjs';
import { bodyOf, isSayable } from '../lib/parsed.mjs';
import { Random, drawStyle } from '../lib/random.mjs';
import { checkControl, checkUpdate } from '../lib/schema.mjs';
import { failure, shrink } from '../lib/shrink.mjs';
import { countUpdate, sameTree } from '../lib/tree.mjs';

test('operations give new data and leave the old as it was', () => {
  const data = { a: [1, 2, 3], 'x/y~': { b: 1 } };
  const after = applyOps(data, [
    { op: 'move', from: '/a/0', path: '/a/2' },
    { op: 'replace', path: '/x~1y~0/b', value: 2 },
    { op: 'add', path: '/a/-', value: 4 },
    { op: 'remove', path: '/a/0' },
    { op: 'copy', from: '/a/0', path: '/c' },
  ]);
  assert.deepEqual(after, { a: [3, 1, 4], 'x/y~': { b: 2 }, c: 3 });
  assert.deepEqual(data, { a: [1, 2, 3], 'x/y~': { b: 1 } });
  assert.equal(applyOps(data, [{ op: 'replace', path: '', value: 5 }]), 5);
});

test('a merge patch leads from one value to the other, where there is one', () => {
  assert.deepEqual(mergePatch({ a: 1, b: { c: 1, d: 2 }, e: 1 }, { a: 1, b: { c: 3, d: 2 }, f: [null] }), { b: { c: 3 }, e: null, f: [null] });
  assert.equal(mergePatch({ a: 1 }, { a: null }), undefined);
  assert.equal(mergePatch({ a: 1 }, { a: { b: { c: null } } }), undefined);
});

test('every spelling is the same JSON', () => {
  const value = { a: ['x"\\\u00e9\u{1f600}', 1, null, [], {}], 'b/~': { c: true, d: -1.5 }, e: '', f: 1e-41 };
  for (const spelling of SPELLINGS) assert.deepEqual(JSON.parse(spell(value, spelling)), value);
});

const range = (...keys) => ({ s: ['<li>', '</li>'], d: keys.map((key) => ({ _k: key, 0: key })), else: '' });

test('trees differ by what they show and by keys', () => {
  const tree = (inner) => ({ s: ['<ul>', '</ul>'], 0: inner });
  assert.equal(sameTree(tree(range('a', 'b')), { ...tree(range('a', 'b')), d: null }, 'tree'), null);
  assert.match(sameTree(tree(range('a', 'b')), tree(range('a', 'c')), 'tree'), /key "b", not "c"/);
  assert.match(sameTree(tree(range('a')), tree(range('a', 'b')), 'tree'), /1 rows, not 2/);
  assert.match(sameTree(tree('x'), tree('y'), 'tree'), /tree\.0 is "x", not "y"/);
  // What stands for no rows is of no account while there are some.
  assert.equal(sameTree({ ...range('a'), else: 'none' }, range('a'), 'tree'), null);
  assert.match(sameTree({ ...range(), else: 'none' }, range(), 'tree'), /else/);
});

test('what an update does is counted', () => {
  const counts = {};
  const state = { s: ['', '', ''], 0: range('a', 'b'), 1: 'x' };
  countUpdate({ 0: [['r', 'a'], ['u', 'b', { 0: 'c' }], ['a', { _k: 'a', 0: 'a' }]], 1: 'y' }, state, (name) => (counts[name] = (counts[name] ?? 0) + 1));
  assert.deepEqual(counts, { 'op: remove': 1, 'op: update': 1, 'op: append': 1, 'a row removed and sent again': 1, 'a text changes': 2 });
});

test('a seed draws the same template again', () => {
  const draw = (seed) => {
    const random = new Random(seed);
    random.style = drawStyle(random, false);
    return source(drawTemplate(random));
  };
  assert.equal(draw(7), draw(7));
  assert.notEqual(draw(7), draw(8));
});

test('a journey that fails is made small', async () => {
  // Data that the engine gives back otherwise than it came.
  const journey = { sources: '{{.A}}', first: { A: 1, B: 2 }, steps: [{ how: 'update', ops: [], data: { A: 2, B: 2 } }, { how: 'update', ops: [], data: { A: 3, B: -0 } }] };
  const error = await failure(journey, {});
  assert.match(error.message, /step 2 \(update\): page.data\(\)/);
  const small = await shrink(journey, {}, error);
  assert.equal(small.steps.length, 1);
  assert.deepEqual(Object.keys(small.steps[0].data), ['B']);
});

test('a situation that came up too rarely in a long run is named', () => {
  const named = (steps, count) => belowFloor({ steps, 'steps (dom)': 0, 'way: update': count }).find((line) => line.startsWith('way: update:'));
  assert.equal(named(100_000, 1999), 'way: update: 1999 times, not 2000');
  assert.equal(named(100_000, 2000), undefined);
  assert.equal(named(1000, 0), undefined);
});

test('so it is in a format, also when it never came up', () => {
  const named = (target, name) => belowFloor({ steps: 20_000 }, target).find((line) => line.startsWith(`${name}:`));
  assert.equal(named({ wire: 'patches' }, 'action: value_updates'), 'action: value_updates: 0 times, not 500');
  assert.equal(named({ wire: 'patches' }, 'id: own'), undefined);
  assert.equal(named({ wire: 'turbo' }, 'id: own'), 'id: own: 0 times, not 400');
  assert.equal(named({ wire: 'turbo', host: true }, 'error'), 'error: 0 times, not 100');
});

test('a message that is not as the schema has it is refused', () => {
  const update = { fragment_id: 'f', action: 'replace', data: '<p></p>' };
  const message = (changes) => ({ version: '1.0', seq: 1, timestamp: '2026-11-22T01:41:44.936Z', updates: [update], ...changes });
  checkUpdate(message({}));
  assert.throws(() => checkUpdate(message({ timestamp: 'now' })), /timestamp must match format/);
  assert.throws(() => checkUpdate(message({ updates: [{ ...update, data: [] }] })), /must be string/);
  checkControl({ type: 'ack', seq: 1, checksums: { f: '0123abcd' } });
  assert.throws(() => checkControl({ type: 'ack', seq: 1, checksums: { f: 'x' } }), /must match/);
});

test('what a parser makes of HTML, and whether HTML can say it', () => {
  assert.equal(bodyOf('<p class=a id=b>1<p>2'), bodyOf('<body><p id="b" class="a">1</p><p>2</p>'));
  assert.ok(isSayable('<table>x</table>'));
  assert.ok(!isSayable('<form><div></form><form>x</form></div></form>'));
});

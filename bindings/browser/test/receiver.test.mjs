// Messages in their order, and what happens when they are not.
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Receiver, newApplier } from '../dist/index.js';
import { page } from './support.mjs';

const TAG = '<p data-fragment-id="f-1">';
const TEXT = `${TAG}0</p>`;

/** A page in `format` and what its receiver reports. */
function receiver(format = 'patches', html = '') {
  const { root } = page(html);
  const log = [];
  const made = new Receiver(newApplier(format, root), format, {
    lost: (seq, reason) => log.push(`lost ${seq}: ${reason}`),
    stuck: () => log.push('stuck'),
    updated: (seq, reply) => log.push(`updated ${seq}${reply ? ` ${reply.action}` : ''}`),
    reply: (reply) => log.push(`reply ${reply.action}`),
    error: (error) => log.push(`error ${error.code}`),
    pong: () => log.push('pong'),
  });
  made.opened();
  const take = () => log.splice(0);
  return { root, log, take, receiver: made, put: (...messages) => messages.forEach((m) => made.receive(JSON.stringify(m))) };
}
const resync = (seq, text = '0') => ({ type: 'resync', seq, html: TEXT.replace('0', text) });
const envelope = (seq, ...updates) => ({ version: '1.0', seq, timestamp: '2026-11-21T12:00:00.000Z', updates });
/** The text of one digit becomes another. */
const digit = (seq, value) => envelope(seq, {
  fragment_id: 'f-1', action: 'value_updates', data: [{ position: TAG.length, length: 1, new_value: String(value), data_path: '.' }],
});
const replaced = (seq, value) => envelope(seq, { fragment_id: 'f-1', action: 'replace', data: TEXT.replace('0', value) });
/** The parts of a replacement by `value`. */
const parts = (seqs, value, id = 'c') => {
  const text = TEXT.replace('0', value);
  const size = Math.ceil(text.length / seqs.length);
  return seqs.map((seq, n) => envelope(seq, {
    fragment_id: 'f-1', action: 'replace', data: text.slice(n * size, (n + 1) * size), chunk: { seq: n + 1, total: seqs.length, id },
  }));
};

test('payloads are applied in order', () => {
  const it = receiver();
  it.put(resync(4), digit(5, 1), digit(6, 2));
  assert.equal(it.root.textContent, '2');
  assert.deepEqual(it.take(), ['updated 4', 'updated 5', 'updated 6']);
});

test('repeats are dropped', () => {
  const it = receiver();
  it.put(resync(4), digit(5, 1), digit(5, 7), resync(3, '9'), digit(4, 8), digit(6, 2));
  assert.equal(it.root.textContent, '2');
  assert.deepEqual(it.take(), ['updated 4', 'updated 5', 'updated 6']);
});

test('a gap asks for a resync once; what comes meanwhile waits', () => {
  const it = receiver();
  it.put(resync(4), digit(6, 2), digit(7, 3));
  assert.equal(it.root.textContent, '0');
  assert.deepEqual(it.take(), ['updated 4', 'lost 4: message 5 is missing']);
  it.put(resync(6, '2'));
  assert.equal(it.root.textContent, '3');
  assert.deepEqual(it.take(), ['updated 6', 'updated 7']);
});

test('out of order: the missing one comes late', () => {
  const it = receiver();
  it.put(resync(4), digit(6, 2), digit(5, 1));
  assert.equal(it.root.textContent, '2');
  it.put(resync(6, '2'), digit(7, 3));
  assert.equal(it.root.textContent, '3');
});

test('what cannot be applied asks for a resync, and nothing behind it is applied', () => {
  const it = receiver();
  it.put(resync(4), envelope(5, { fragment_id: 'f-77', action: 'replace', data: '' }), digit(6, 2));
  assert.equal(it.root.textContent, '0');
  assert.match(it.take()[1], /^lost 4: .*f-77/);
  it.put(resync(6, '2'), digit(7, 3));
  assert.equal(it.root.textContent, '3');
});

test('a payload before the whole state asks for it', () => {
  const it = receiver('patches', TEXT);
  it.put(digit(5, 1));
  assert.equal(it.root.textContent, '0');
  assert.deepEqual(it.take(), ['lost -1: the whole state did not come first']);
});

test('cut, foreign and senseless messages', () => {
  for (const text of ['{"version":"1.0","seq":5,"upda', '', '5', '[[]]', '{"tree":{"0":"x"}}', '{"seq":5,"operations":[]}', '{"version":"1.0","updates":[]}', '{"version":"1.0","seq":"5","updates":[]}', '{"version":"9.9","seq":5,"updates":[]}', '{"version":"1.0","seq":5,"updates":[7]}', '{"type":"resync","html":"x"}', '{"type":"resync","seq":9}']) {
    const it = receiver();
    it.put(resync(4));
    it.take();
    it.receiver.receive(text);
    assert.match(it.take().join(), /^lost 4: /, text);
    assert.equal(it.root.textContent, '0', text);
    it.put(resync(5, '1'));
    assert.equal(it.root.textContent, '1');
  }
});

test('control messages', () => {
  const it = receiver();
  it.put(resync(0), { pong: true }, { type: 'error', code: 'bad' }, { type: 'reply', action: 'go', success: true }, { type: 'upload_progress' }, [digit(1, 5), { type: 'reply', action: 'both' }]);
  assert.deepEqual(it.take(), ['updated 0', 'pong', 'error bad', 'reply go', 'updated 1', 'reply both']);
  assert.equal(it.root.textContent, '5');
});

test('a new connection takes over with any number', () => {
  const it = receiver();
  it.put(resync(40), digit(41, 1));
  it.receiver.opened();
  it.put(resync(2, '7'), digit(3, 8));
  assert.equal(it.root.textContent, '8');
});

test('parts are applied together, in order or not', () => {
  const [a, b, c] = parts([5, 6, 7], 'long text');
  for (const order of [[a, b, c], [c, b, a], [b, a, c], [a, a, b, b, c, c]]) {
    const it = receiver();
    it.put(resync(4), ...order.slice(0, -1));
    if (order.length < 4) assert.equal(it.root.textContent, '0');
    it.put(order.at(-1), c, replaced(8, '3'));
    assert.equal(it.root.textContent, '3');
    assert.deepEqual(it.take().filter((line) => line.startsWith('updated')), ['updated 4', 'updated 7', 'updated 8']);
  }
});

test('updates of other fragments may come between parts', () => {
  const it = receiver();
  const [a, b] = parts([5, 7], 'new');
  it.put({ type: 'resync', seq: 4, html: `${TEXT}<b data-fragment-id="f-2">x</b>` }, a);
  it.put(envelope(6, { fragment_id: 'f-2', action: 'replace', data: '<b data-fragment-id="f-2">y</b>' }));
  assert.equal(it.root.textContent, '0y');
  it.put(b);
  assert.equal(it.root.textContent, 'newy');
});

test('a newer update takes the place of one whose parts are missing', () => {
  const it = receiver();
  const [a, b] = parts([5, 8], 'old', 'c1');
  it.put(resync(4), a, replaced(6, 'new'), digit(7, 'x'), b, digit(9, 'y'));
  assert.equal(it.root.textContent, 'yew');
  const [c, d] = parts([11, 12], 'newest', 'c3');
  it.put(parts([10, 13], 'older', 'c2')[0], c, d, parts([10, 13], 'older', 'c2')[1]);
  assert.equal(it.root.textContent, 'newest');
  assert.doesNotMatch(it.take().join(), /lost/);
});

test('values for a fragment whose parts are missing ask for a resync', () => {
  const it = receiver();
  it.put(resync(4), parts([5, 7], 'new')[0], digit(6, 1));
  assert.equal(it.root.textContent, '0');
  assert.deepEqual(it.take(), ['updated 4', 'lost 5: parts of f-1 are missing']);
  it.put(resync(7, '9'));
  assert.equal(it.root.textContent, '9');
});

test('parts that do not come within ten seconds ask for a resync', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const it = receiver();
    it.put(resync(4), parts([5, 6], '1')[0]);
    mock.timers.tick(9_999);
    assert.deepEqual(it.take(), ['updated 4']);
    mock.timers.tick(1);
    assert.deepEqual(it.take(), ['lost 4: parts of f-1 are missing']);
    mock.timers.tick(10_000);
    assert.deepEqual(it.take(), ['stuck']);
    it.put(resync(6, '1'));
    assert.equal(it.root.textContent, '1');
  } finally {
    mock.timers.reset();
  }
});

test('parts that do not fit ask for a resync', () => {
  const it = receiver();
  const [a, b] = parts([5, 6], '1').map((m) => ((m.updates[0].fragment_id = 'f-9'), m));
  it.put(resync(4), a, b, digit(7, 2));
  assert.equal(it.root.textContent, '0');
  assert.match(it.take()[1], /^lost 4/);
  it.put(resync(7, '2'));
  assert.equal(it.root.textContent, '2');
});

test('compressed and plain bytes are read in their order', async () => {
  const it = receiver();
  const bytes = (message) => new TextEncoder().encode(JSON.stringify(message));
  it.put(resync(4));
  it.receiver.receive(new Uint8Array(gzipSync(bytes(digit(5, 1)))).buffer);
  it.put(digit(6, 2));
  it.receiver.receive(bytes(digit(7, 3)));
  await it.receiver.receive(new Blob([gzipSync(bytes(digit(8, 4)))]));
  assert.deepEqual(it.take(), ['updated 4', 'updated 5', 'updated 6', 'updated 7', 'updated 8']);
  assert.equal(it.root.textContent, '4');
  await it.receiver.receive(new Uint8Array(gzipSync(bytes(digit(9, 5))).subarray(0, 20)));
  assert.deepEqual(it.take(), ['lost 8: a message could not be decompressed']);
});

test('tree: without numbers as they come, with numbers in order', () => {
  const it = receiver('tree');
  const whole = (text) => ({ tree: { s: ['<p>', '</p>'], 0: text } });
  it.put(whole('1'), { tree: { 0: '2' }, meta: { success: true, action: 'go' } });
  assert.equal(it.root.innerHTML, '<p>2</p>');
  assert.deepEqual(it.take(), ['updated undefined', 'updated undefined go']);
  it.receiver.opened();
  it.put({ seq: 3, ...whole('3') }, { seq: 4, tree: { 0: '4' } }, { seq: 4, tree: { 0: '9' } }, { seq: 6, tree: { 0: '6' } });
  assert.equal(it.root.innerHTML, '<p>4</p>');
  assert.equal(it.take().at(-1), 'lost 4: message 5 is missing');
});

test('tree: a new connection must bring the whole tree', () => {
  const it = receiver('tree');
  it.put({ tree: { s: ['<p>', '</p>'], 0: '1' } });
  it.receiver.opened();
  it.put({ tree: { 0: '2' } });
  assert.match(it.take().at(-1), /^lost -1: /);
  assert.equal(it.root.innerHTML, '<p>1</p>');
});

test('operations: the answer to a handshake may have any number', () => {
  const it = receiver('operations', '<p id="a">1</p>');
  it.receiver.opened(true);
  it.put({ seq: 12, operations: [{ fragment_id: 'a', action: 'replace', html: '<p id="a">2</p>', content_hash: 'x' }] });
  it.put({ seq: 13, operations: [{ fragment_id: 'a', action: 'remove' }] });
  assert.equal(it.root.innerHTML, '');
  it.receiver.opened(true);
  it.put({ type: 'resync', seq: 1, html: '<p id="b"></p>' }, { seq: 1, operations: [{ fragment_id: 'zz', action: 'noop' }] });
  assert.equal(it.root.innerHTML, '<p id="b"></p>');
  assert.doesNotMatch(it.take().join(), /lost/);
});

/** What each format says of a list with two rows, and messages of which a later part does not fit. */
const HALVES = {
  tree: {
    first: (seq) => ({ seq, tree: { s: ['<h1 id="h">', '</h1><ul>', '</ul>'], 0: 'old', 1: { s: ['<li>', '</li>'], d: [{ _k: 'a', 0: 'A' }, { _k: 'b', 0: 'B' }] } } }),
    broken: [
      { tree: { 0: 'new', 1: [['r', 'a'], ['u', 'zz', { 0: 'x' }]] } },
      { tree: { 0: 'new', 1: [['u', 'a', { 0: [['r', 'x']] }]] } },
    ],
    next: { tree: { 0: 'next' } },
  },
  operations: {
    first: (seq) => ({ type: 'resync', seq, html: '<h1 id="h">old</h1><ul id="l"><li id="a">A</li><li id="b">B</li></ul>' }),
    broken: [
      { operations: [{ fragment_id: 'h', action: 'replace', html: '<h1 id="h">new</h1>' }, { fragment_id: 'zz', action: 'remove' }] },
      { operations: [{ fragment_id: 'a', action: 'remove' }, { fragment_id: 'l', action: 'update', content: { text_nodes: { 2: 'x' } } }] },
      { operations: [{ fragment_id: 'b', action: 'insertBefore', target_id: 'a' }, { fragment_id: 'l', action: 'insertBefore', target_id: 'b' }] },
    ],
    next: { operations: [{ fragment_id: 'h', action: 'replace', html: '<h1 id="h">next</h1>' }] },
  },
  fragments: {
    first: (seq) => ({ type: 'resync', seq, html: '<h1 data-fragment-id="h">old</h1><ul data-fragment-id="l"><li>A</li><li>B</li></ul>' }),
    broken: [
      { fragments: [fragment('h', '<h1 data-fragment-id="h">new</h1>'), fragment('zz', '<b data-fragment-id="zz"></b>')] },
      { fragments: [fragment('h', '<h1 data-fragment-id="h">new</h1>'), { id: 'm', strategy: 'granular', action: 'remove', data: { operation: 'remove' } }] },
      { fragments: [fragment('l', '<p data-fragment-id="l"></p>'), { id: 'l', strategy: 'granular', action: 'remove', data: { operation: 'remove' } }] },
    ],
    next: { fragments: [fragment('h', '<h1 data-fragment-id="h">next</h1>')] },
  },
  patches: {
    first: (seq) => ({ type: 'resync', seq, html: '<h1 data-fragment-id="h">old</h1><ul data-fragment-id="l"><li>A</li><li>B</li></ul>' }),
    broken: [
      { version: '1.0', updates: [{ fragment_id: 'h', action: 'replace', data: '<h1 data-fragment-id="h">new</h1>' }, { fragment_id: 'l', action: 'value_updates', data: [{ position: 999, length: 1, new_value: 'x' }] }] },
      { version: '1.0', updates: [{ fragment_id: 'l', action: 'replace', data: '<ul data-fragment-id="l"></ul>' }, { fragment_id: 'l', action: 'replace', data: '<ul data-fragment-id="l"></ul>' }] },
      { version: '2.0', updates: [{ fragment_id: 'h', action: 'replace', data: '<h1 data-fragment-id="h">new</h1>' }] },
    ],
    next: { version: '1.0', updates: [{ fragment_id: 'h', action: 'replace', data: '<h1 data-fragment-id="h">next</h1>' }] },
  },
};
function fragment(id, content) {
  return { id, strategy: 'replacement', action: 'replace', data: { content } };
}

for (const [format, { first, broken, next }] of Object.entries(HALVES)) {
  broken.forEach((message, at) => {
    test(`${format}: a message of which a later part does not fit (${at + 1}) leaves the page until the whole state comes`, () => {
      const it = receiver(format);
      it.put(first(0));
      const before = it.root.innerHTML;
      it.take();
      it.put({ ...message, seq: 1 });
      assert.match(it.take().join(), /^lost 0: [^,]+$/);
      assert.equal(it.root.innerHTML, before);
      // What follows was made for a page that this one is not.
      it.put({ ...next, seq: 2 });
      assert.equal(it.root.innerHTML, before);
      assert.deepEqual(it.take(), []);
      it.put(first(1));
      assert.match(it.root.innerHTML, /next/);
      assert.deepEqual(it.take(), ['updated 1', 'updated 2']);
    });
  });
}

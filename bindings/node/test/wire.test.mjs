// What pages in the formats of our own client offer beyond payloads: control messages, parts, strategies, changes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Application, Template, codes, compress } from 'livetemplate';

const template = new Template('<h1>Hello {{.name}}, here is what there is</h1><ul>{{range .rows}}<li id="{{.}}">{{.}}</li>{{end}}</ul>');
const DATA = { name: 'Ann', rows: ['a', 'b'] };
const error = (name, rest = {}) => ({ name, code: codes[name], ...rest });
const json = (bytes) => JSON.parse(bytes.toString());

const app = new Application();
const open = (wire, data = DATA) => app.newPage(template, data, { wire });
/** The answer to a control message. */
const received = (page, message) => {
  const answer = page.receive(JSON.stringify(message));
  return answer.length > 0 ? json(answer) : null;
};

/** CRC-32 in 8 hex digits (zlib's is not in every Node.js that we support). */
function checksum(text) {
  let crc = ~0;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (~crc >>> 0).toString(16).padStart(8, '0');
}

test('a client that lost its place gets the state', () => {
  for (const wire of ['operations', 'fragments', 'patches']) {
    const page = open(wire);
    page.update({ ...DATA, name: 'Bob' });
    const answer = received(page, { type: 'resync_request', seq: 0 });
    assert.deepEqual([answer.type, answer.seq], ['resync', 1]);
    assert.deepEqual(answer, json(page.resync()));
    assert.ok(page.render().includes(answer.html));
  }
});

test('a client says what it has', () => {
  const page = open('operations');
  const { versions } = json(page.resync());
  const hello = { type: 'cache_handshake', client_version: '1', supported_optimizations: [] };
  const actions = (message) => received(page, { ...hello, ...message }).operations.map(({ action }) => action);
  assert.deepEqual(actions({ fragment_versions: versions }), ['noop']);
  page.update({ ...DATA, name: 'Bob' });
  assert.deepEqual(actions({ fragment_versions: versions }), ['replace', 'noop']);
  assert.equal(received(page, { ...hello, fragment_versions: {} }).type, 'resync');
});

test('a text that drifted is replaced, after the updates that were called before', async () => {
  for (const wire of ['fragments', 'patches']) {
    const page = open(wire);
    const [text, id] = /<h1 data-fragment-id="(.*?)">.*?<\/h1>/.exec(page.render());
    const pending = page.updateAsync({ ...DATA, name: 'Bob' });
    const bob = text.replace('Ann', 'Bob');
    assert.equal(received(page, { type: 'ack', seq: 1, checksums: { [id]: checksum(bob) } }), null);
    const answer = received(page, { type: 'ack', seq: 1, checksums: { [id]: checksum(text) } });
    assert.equal(answer.seq, 2);
    assert.ok(JSON.stringify(answer).includes(JSON.stringify(bob).slice(1, -1)));
    // Of a message that others came after nothing can be said.
    assert.equal(received(page, { type: 'ack', seq: 1, checksums: { [id]: checksum(text) } }), null);
    assert.equal(json((await pending).payload).seq, 1);
  }
});

test('what is no control message is answered', () => {
  const page = open('patches');
  for (const message of ['', '{', '[]', new Uint8Array([255]), '{"type":"x"}', '{"type":"ack","seq":-1}', '{"type":"ack","seq":9}', '{"type":"ack","seq":0,"version":"2"}']) {
    const answer = json(page.receive(message));
    assert.deepEqual(Object.keys(answer), ['type', 'code', 'message']);
    assert.equal(answer.type, 'error');
    assert.ok(answer.code in codes);
  }
  assert.throws(() => page.receive(5), error('InvalidArgument', { message: 'message must be a string or a Uint8Array' }));
  for (const wire of ['tree', 'turbo', 'htmx']) assert.throws(() => open(wire).receive('{"type":"resync_request","seq":0}'), error('InvalidArgument'));
  page.close();
  assert.throws(() => page.receive('{}'), error('PageClosed'));
});

test('a long update is several messages', () => {
  const page = open('patches');
  assert.deepEqual(page.update(DATA).messages, []);
  let { messages, payload } = page.update({ ...DATA, name: 'Bob' });
  assert.deepEqual(messages, [payload]);
  ({ messages, payload } = page.update({ ...DATA, name: 'x'.repeat(600_000) }));
  assert.equal(payload.toString(), `[${messages.join(',')}]`);
  assert.ok(messages.length > 2 && messages.every(({ length }) => length <= 256 * 1024));
  assert.deepEqual(messages.map((message) => json(message).seq), messages.map((_, index) => 2 + index));
  assert.equal(open('tree').update({ ...DATA, name: 'x'.repeat(600_000) }).messages.length, 1);
});

test('fragments have their strategies', () => {
  const update = open('fragments').update({ ...DATA, name: 'Bob' });
  const [{ id, strategy, action, data, reason, expectedReduction, reduction }, ...rest] = update.fragments;
  assert.deepEqual(rest, []);
  assert.deepEqual(json(update.payload).fragments, [{ id, strategy, action, data }]);
  assert.deepEqual(data.dynamics, { 0: id, 1: 'Bob' });
  assert.equal(strategy, 'static_dynamic');
  assert.equal(update.stats.strategy, strategy);
  assert.equal(expectedReduction, 0.85);
  assert.ok(reduction >= 0 && reduction <= 1 && reason.length > 0);
  for (const wire of ['tree', 'patches']) {
    const { fragments, stats } = open(wire).update({ ...DATA, name: 'Bob' });
    assert.deepEqual([fragments, stats.strategy], [[], null]);
  }
});

test('changes of HTML, also made on a worker', async () => {
  for (const wire of ['tree', 'turbo', 'operations']) {
    const page = app.newPageFromHtml('<h1 class="x">a</h1><ul><li id=r1>1<li id=r2>2</ul>', { wire });
    const told = ({ htmlPattern, changes }) => [htmlPattern, changes.map(({ kind, element, key }) => [kind, element, key])];
    assert.deepEqual(told(page.updateHtml('<h1 class="x">b</h1><ul><li id=r1>1<li id=r2>2</ul>')), ['text', [['text', 'h1', null]]]);
    const pending = page.updateHtmlAsync(Buffer.from('<h1 class="y">b</h1><ul><li id=r2>3</ul>'));
    const last = page.updateHtml('<p>b</p>');
    assert.deepEqual(told(await pending), ['simple', [['attribute', 'h1', null], ['removed', 'li', 'r1'], ['text', 'li', 'r2']]]);
    assert.equal(last.htmlPattern, 'rewrite');
    assert.deepEqual(told(page.updateHtml('<p>b</p>')), ['nothing', []]);
    await assert.rejects(page.updateHtmlAsync('<div>'.repeat(1000)), error('DepthExceeded'));
    await assert.rejects(page.updateHtmlAsync(5), error('InvalidArgument'));
    await assert.rejects(page.updateHtmlAsync('x', { signal: AbortSignal.abort() }), error('Cancelled'));
    assert.deepEqual(told(page.updateHtml('<p>b</p>')), ['nothing', []]);
  }
  await assert.rejects(open('tree').updateHtmlAsync('x'), error('PageKind'));
  assert.deepEqual(open('tree').update({ ...DATA, name: 'Bob' }).changes, []);
});

test('messages are compressed where that is shorter', () => {
  const long = Buffer.from(JSON.stringify({ text: 'abc'.repeat(1000) }));
  const compressed = compress(long, 1024);
  assert.ok(compressed.length < long.length);
  assert.deepEqual(gunzipSync(compressed), long);
  assert.deepEqual(compress(long.toString(), 0), compressed);
  assert.equal(compress(long, long.length), null);
  assert.equal(compress('abc', 0), null);
  for (const threshold of [-1, 0.5, NaN, '1', undefined]) assert.throws(() => compress(long, threshold), error('InvalidArgument'));
  assert.throws(() => compress(5, 0), error('InvalidArgument'));
});

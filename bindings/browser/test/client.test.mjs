// Transports, connection and acknowledgements, with a server in memory.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from '../dist/index.js';
import { Network, settle } from './fakes.mjs';
import { page } from './support.mjs';

const whole = (text, rest = {}) => ({ ...rest, tree: { s: ['<p>', '</p>'], 0: text } });
const resync = (seq, text) => ({ type: 'resync', seq, html: `<p data-fragment-id="f">${text}</p>` });

/** A started client of a page. */
function started(t, { format = 'tree', blocked = [], ...options } = {}) {
  const network = new Network();
  for (const name of blocked) network.blocked.add(name);
  const it = page('<p>server</p>');
  const client = new Client(it.root, { format, environment: network.environment, backoff: [1, 4], ...options });
  const log = [];
  for (const name of ['connected', 'disconnected', 'reconnected', 'updated', 'error']) {
    it.root.addEventListener(`lvt:${name}`, ({ detail }) => log.push(detail.code ? `${name} ${detail.code}` : name));
  }
  client.start();
  t.after(() => client.stop());
  return { ...it, client, network, log, state: () => it.document.documentElement.dataset };
}

test('a socket at the page’s own address brings the state', (t) => {
  const it = started(t);
  assert.equal(it.network.socket.url, 'ws://host.test/page?x=1');
  assert.equal(it.state().lvtConnection, 'connecting');
  assert.equal(it.root.textContent, 'server');
  it.network.socket.onopen();
  it.network.socket.put(whole('1'));
  assert.equal(it.root.textContent, '1');
  assert.equal(it.state().lvtConnection, 'open');
  assert.equal(it.state().lvtTransport, 'socket');
  assert.equal(it.client.transport, 'socket');
  assert.deepEqual(it.log, ['connected', 'updated']);
  assert.ok(it.document.querySelector('html > lvt-status'));
});

test('actions go over the socket, those without a connection when it comes', (t) => {
  const it = started(t);
  it.client.send('early', { n: 1 });
  it.network.socket.put(whole('1'));
  it.client.send('late');
  assert.deepEqual(it.network.socket.sent, [{ action: 'early', data: { n: 1 } }, { action: 'late', data: {} }]);
});

test('a lost socket is opened again and brings the whole state', async (t) => {
  const it = started(t);
  it.network.socket.put(whole('1'));
  it.network.socket.onclose();
  assert.equal(it.state().lvtConnection, 'lost');
  await settle();
  await settle();
  assert.equal(it.network.sockets.length, 2);
  it.network.socket.put(whole('2'));
  assert.equal(it.root.textContent, '2');
  assert.deepEqual(it.log, ['connected', 'updated', 'disconnected', 'connected', 'reconnected', 'updated']);
});

test('pauses between attempts double, with jitter, up to a limit', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const it = started(t, { transports: ['socket'], backoff: [100, 1000] });
  const pauses = [];
  for (let n = 0; n < 8; n += 1) {
    const before = it.network.sockets.length;
    it.network.socket.onclose();
    let pause = 0;
    while (it.network.sockets.length === before) t.mock.timers.tick(1), (pause += 1);
    pauses.push(pause);
  }
  pauses.forEach((pause, n) => {
    const most = Math.min(1000, 100 * 2 ** n);
    assert.ok(pause >= most / 2 && pause <= most + 1, `${pause} of ${most}`);
  });
});

test('without sockets the state comes by server-sent events, actions by POST', async (t) => {
  const it = started(t, { format: 'patches', blocked: ['socket'] });
  await settle();
  const [stream] = it.network.streams;
  const id = new URL(stream.url).searchParams.get('lvt-connection');
  assert.match(id, /^\w+$/);
  assert.equal(new URL(stream.url).searchParams.get('x'), '1');
  stream.onopen();
  stream.put(resync(3, 'a'));
  assert.equal(it.state().lvtTransport, 'sse');
  it.client.send('go', { n: 1 });
  it.client.send('on');
  await settle();
  const [post] = it.network.posts;
  assert.equal(it.network.posts.length, 1, 'one after the other');
  assert.equal(post.url.searchParams.get('lvt-connection'), id);
  assert.deepEqual(JSON.parse(post.body), { action: 'go', data: { n: 1 } });
  post.answer('', 204);
  await settle();
  assert.deepEqual(JSON.parse(it.network.posts[1].body), { action: 'on', data: {} });
});

test('a lost stream, and a POST that is not taken, begin anew with the last number', async (t) => {
  const it = started(t, { format: 'patches', transports: ['sse'] });
  it.network.streams[0].put(resync(3, 'a'));
  it.network.streams[0].onerror();
  await settle();
  await settle();
  const second = it.network.streams.at(-1);
  assert.notEqual(second, it.network.streams[0]);
  assert.equal(new URL(second.url).searchParams.get('lvt-seq'), '3');
  second.put(resync(0, 'b'));
  assert.equal(it.root.textContent, 'b');
  it.client.send('go');
  await settle();
  it.network.posts[0].answer('no', 403);
  await settle();
  await settle();
  assert.equal(second.closed, true);
  assert.notEqual(it.network.streams.at(-1), second);
});

test('without both there are long polls', async (t) => {
  const it = started(t, { format: 'patches', blocked: ['socket', 'sse'] });
  await settle();
  const [first] = it.network.polls;
  assert.equal(first.headers.Accept, 'application/json');
  assert.equal(first.url.searchParams.get('lvt-poll'), '-1');
  const id = first.url.searchParams.get('lvt-connection');
  first.answer([resync(3, 'a'), { type: 'reply', action: 'x', success: true }]);
  await settle();
  assert.equal(it.root.textContent, 'a');
  assert.equal(it.state().lvtTransport, 'poll');
  const second = it.network.polls[1];
  assert.equal(second.url.searchParams.get('lvt-poll'), '3');
  assert.equal(second.url.searchParams.get('lvt-connection'), id);
  it.client.send('go');
  await settle();
  assert.equal(it.network.posts[0].url.searchParams.get('lvt-connection'), id);
  second.fail();
  await settle();
  await settle();
  assert.notEqual(it.network.polls.at(-1).url.searchParams.get('lvt-connection'), id);
});

test('a page in place of messages is no connection', async (t) => {
  const it = started(t, { transports: ['poll'] });
  await settle();
  it.network.polls[0].answer('<html></html>', 200, 'text/html');
  await settle();
  assert.equal(it.state().lvtConnection, 'connecting');
  assert.equal(it.root.textContent, 'server');
});

test('the published client’s server without sockets: whole trees for GET and POST', async (t) => {
  const it = started(t, { transports: ['poll'] });
  await settle();
  it.network.polls[0].answer({ ...whole('1'), meta: { success: true } });
  await settle();
  assert.equal(it.root.textContent, '1');
  assert.equal(it.network.polls.length, 1);
  it.client.send('go');
  await settle();
  it.network.posts[0].answer({ ...whole('2'), meta: { success: true, action: 'go' } });
  await settle();
  assert.equal(it.root.textContent, '2');
});

test('a transport that stays silent gives way to the next', async (t) => {
  const it = started(t, { patience: 5 });
  it.network.socket.onopen();
  await new Promise((resolve) => setTimeout(resolve, 15));
  assert.equal(it.network.sockets[0].closed, true);
  assert.ok(it.network.streams.length > 0);
});

test('a browser without a transport, or a policy against it, has the next', async (t) => {
  const network = new Network();
  const { root } = page();
  const environment = { ...network.environment, WebSocket: class { constructor() { throw new Error('policy'); } } };
  const client = new Client(root, { format: 'tree', environment });
  client.start();
  t.after(() => client.stop());
  await settle();
  assert.equal(network.streams.length, 1);
});

test('pings go over the socket; a silent one is given up', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: Date.now() });
  const it = started(t, { heartbeat: 1000 });
  const [first] = it.network.sockets;
  first.put(whole('1'));
  t.mock.timers.tick(2000);
  assert.deepEqual(first.sent, [{ action: '__ping__' }, { action: '__ping__' }]);
  first.put({ pong: true });
  t.mock.timers.tick(2000);
  assert.notEqual(first.closed, true);
  t.mock.timers.tick(1000);
  assert.equal(first.closed, true);
  t.mock.timers.tick(10);
  assert.equal(it.network.sockets.length, 2);
});

test('a page that comes back tries at once, and sees whether its socket is alive', async (t) => {
  const it = started(t, { transports: ['socket'], backoff: [60_000, 60_000] });
  it.network.socket.put(whole('1'));
  it.network.socket.onclose();
  assert.equal(it.network.sockets.length, 1);
  it.window.dispatchEvent(new it.window.Event('online'));
  assert.equal(it.network.sockets.length, 2);
  it.network.socket.put(whole('2'));

  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.now() });
  const show = (state) => {
    Object.defineProperty(it.document, 'visibilityState', { value: state, configurable: true });
    it.document.dispatchEvent(new it.window.Event('visibilitychange'));
  };
  show('hidden');
  t.mock.timers.tick(60_000);
  show('visible');
  assert.deepEqual(it.network.socket.sent.at(-1), { action: '__ping__' });
  const dead = it.network.socket;
  t.mock.timers.tick(3000);
  assert.equal(dead.closed, true);
});

test('what was applied is acknowledged, several at once, with checksums', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const it = started(t, { format: 'patches' });
  const update = (seq, value) => ({
    version: '1.0', seq, timestamp: '', updates: [{ fragment_id: 'f', action: 'value_updates', data: [{ position: 24, length: 1, new_value: value }] }],
  });
  const text = '<p data-fragment-id="f">a</p>';
  assert.equal(text[24], 'a');
  it.network.socket.put(resync(0, 'a'));
  it.network.socket.put(update(1, 'b'));
  it.network.socket.put(update(2, 'c'));
  assert.equal(it.root.textContent, 'c');
  assert.deepEqual(it.network.socket.sent, []);
  t.mock.timers.tick(250);
  const [ack] = it.network.socket.sent;
  assert.equal(ack.type, 'ack');
  assert.equal(ack.seq, 2);
  assert.deepEqual(Object.keys(ack.checksums), ['f']);
});

test('a gap asks for the state; in tree the connection begins anew', async (t) => {
  const it = started(t, { format: 'patches' });
  it.network.socket.put(resync(0, 'a'));
  it.network.socket.put({ version: '1.0', seq: 5, timestamp: '', updates: [] });
  assert.deepEqual(it.network.socket.sent, [{ type: 'resync_request', seq: 0 }]);
  assert.deepEqual(it.log.slice(-1), ['error resync']);

  const tree = started(t);
  tree.network.socket.put(whole('1'));
  tree.network.socket.put({ tree: { 0: [['r', 'a']] } });
  assert.equal(tree.root.textContent, '1');
  await settle();
  await settle();
  assert.equal(tree.network.sockets.length, 2);
});

test('operations: a client that comes back says what it has', async (t) => {
  const it = started(t, { format: 'operations', transports: ['socket'] });
  it.network.socket.onopen();
  assert.deepEqual(it.network.socket.sent, []);
  it.network.socket.put({ type: 'resync', seq: 4, html: '<p id="a">1</p>', versions: { a: 'h1' } });
  it.network.socket.onclose();
  await settle();
  await settle();
  const again = it.network.socket;
  assert.equal(new URL(again.url).searchParams.get('lvt-cache'), '1');
  again.onopen();
  assert.equal(again.sent[0].type, 'cache_handshake');
  assert.deepEqual(again.sent[0].fragment_versions, { a: 'h1' });
  again.put({ seq: 9, operations: [{ fragment_id: 'a', action: 'replace', html: '<p id="a">2</p>', content_hash: 'h2' }] });
  again.put({ seq: 10, operations: [{ fragment_id: 'a', action: 'noop', content_hash: 'h2' }] });
  assert.equal(it.root.textContent, '2');
  assert.ok(!it.log.includes('error resync'));
});

test('another library may apply HTML', (t) => {
  const applied = [];
  const it = started(t, { apply: (html) => applied.push(html) });
  it.network.socket.put('<turbo-stream></turbo-stream>');
  it.network.socket.put(['<p hx-swap-oob="true"></p>', { type: 'reply', action: 'go', success: true }]);
  it.network.socket.put({ pong: true });
  assert.deepEqual(applied, ['<turbo-stream></turbo-stream>', '<p hx-swap-oob="true"></p>']);
  assert.deepEqual(it.log, ['connected', 'updated', 'updated', 'updated']);
});

test('a stopped client leaves nothing behind', (t) => {
  const it = started(t);
  it.network.socket.put(whole('1'));
  it.client.stop();
  assert.equal(it.network.socket.closed, true);
  assert.equal(it.document.querySelector('lvt-status'), null);
  assert.equal(it.root.textContent, '1');
});

// The checker itself: a right transcript passes, and every kind of wrong one is found.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { check } from '../check.mjs';
import { parseTranscript, splitPage, writeRecord } from '../lib/transcript.mjs';

const scratch = mkdtempSync(path.join(tmpdir(), 'conformance-'));
after(() => rmSync(scratch, { recursive: true }));

const TITLES = ['counter up', 'tasks reordered', 'task removed', 'notification dismissed', 'disconnected', 'nothing changes: no update'];
const LONG = '<p>A paragraph that is longer than forty characters.</p>';
const page = (id, region) => `<html><body><div data-lvt-id="${id}">${region}</div></body></html>`;
const row = (key, text) => ({ _k: key, 0: key, 1: text });
const TREE = {
  s: ['<h1>', '</h1><ul>', `</ul>${LONG}<b>`, '</b>'],
  0: '5',
  1: { s: ['<li id="', '">', '</li>'], d: [row('a', 'A'), row('b', 'B'), row('c', 'C')] },
  2: { s: [LONG], },
};
const region = (count, rows, tail = LONG) =>
  `<h1>${count}</h1><ul>${rows.map((key) => `<li id="${key}">${key.toUpperCase()}</li>`).join('')}</ul>${LONG}<b>${tail}</b>`;

/** The steps of a right journey: [update or null, region]. */
const steps = () => [
  [{ 0: '6' }, region(6, ['a', 'b', 'c'])],
  [{ 1: [['o', ['c', 'a', 'b']]] }, region(6, ['c', 'a', 'b'])],
  [{ 1: [['r', 'a']] }, region(6, ['c', 'b'])],
  [{ 1: [['i', 'c', [row('d', 'D')]]] }, region(6, ['c', 'd', 'b'])],
  [{ 2: 'gone' }, region(6, ['c', 'd', 'b'], 'gone')],
  [null, region(6, ['c', 'd', 'b'], 'gone')],
];

function transcript(journey, id = 'p1') {
  const parts = [writeRecord('tree', JSON.stringify({ tree: TREE })), writeRecord('html', page(id, region(5, ['a', 'b', 'c'])))];
  for (const [update, html] of journey) {
    parts.push(writeRecord('update', update ? JSON.stringify({ tree: update }) : ''), writeRecord('html', page(id, html)));
  }
  return Buffer.concat(parts);
}

let runs = 0;
/** Checks languages given as {name: bytes of the dashboard's transcript}. */
function run(languages, named = Object.keys(languages)) {
  const root = path.join(scratch, String(runs++));
  for (const [language, bytes] of Object.entries(languages)) {
    mkdirSync(path.join(root, language), { recursive: true });
    if (bytes) writeFileSync(path.join(root, language, 'dashboard-dashboard.bin'), bytes);
  }
  return check(root, named, TITLES);
}

/** Expects one complaint that matches. */
function complains(result, pattern) {
  assert.ok(result.complaints.some((text) => pattern.test(text)), `no complaint like ${pattern} in:\n${result.complaints.join('\n')}`);
}

test('a right journey passes, ids aside', async () => {
  const { lines, complaints } = await run({ rust: transcript(steps(), 'p1'), node: transcript(steps(), 'other') });
  assert.deepEqual(complaints, []);
  assert.deepEqual(lines, [
    'conformance: 1 transcripts, 7 states, 5 updates checked (rust)',
    'conformance: 1 transcripts, 7 states, 5 updates checked (node)',
  ]);
});

test('a missing or empty language fails, and so does none at all', async () => {
  complains(await run({ rust: transcript(steps()) }, ['rust', 'go']), /^go: no transcripts/);
  complains(await run({ rust: transcript(steps()), go: null }), /^go: no transcripts/);
  complains(await run({ rust: transcript(steps()), go: Buffer.alloc(0) }), /^go: no transcripts/);
  complains(await run({}, []), /no language/);
});

test('zero updates fail', async () => {
  complains(await run({ rust: transcript([]) }), /no update was checked/);
});

test('languages that differ fail', async () => {
  const other = steps();
  other[0][0] = { 0: '6', 1: [['r', 'no such row']] };
  complains(await run({ rust: transcript(steps()), go: transcript(other) }), /^go: .*record 2 is not that of rust/);
});

test('figures that differ between languages fail', async () => {
  const counted = (n) => {
    const [tree, first, update, html] = [0, 1, 2, 3].map((at) => parseTranscript(transcript(steps()))[at]);
    const records = [tree, first, update, { kind: 'stats', bytes: `slots_evaluated ${n}` }, html];
    return Buffer.concat(records.map(({ kind, bytes }) => writeRecord(kind, bytes)));
  };
  complains(await run({ rust: counted(1), go: counted(2) }), /^go: .*record 3 is not that of rust/);
  assert.ok(!(await run({ rust: counted(1), go: counted(1) })).complaints.some((text) => /record/.test(text)));
});

test('HTML that the client would not hold fails', async () => {
  const wrong = steps();
  wrong[0][0] = { 0: '7' };
  complains(await run({ rust: transcript(wrong) }), /state 1: the client holds other HTML/);
});

test('a move that loses a row fails', async () => {
  const wrong = steps();
  wrong[1][0] = { 1: [['o', ['c', 'a']]] };
  complains(await run({ rust: transcript(wrong) }), /state 2: the client holds other HTML/);
});

test('a push with meta fails', async () => {
  const bytes = Buffer.concat([
    writeRecord('tree', JSON.stringify({ tree: TREE, meta: { success: true } })),
    writeRecord('html', page('p', region(5, ['a', 'b', 'c']))),
  ]);
  complains(await run({ rust: bytes }), /a push has the keys tree, meta/);
});

test('a step over its budget fails', async () => {
  const wrong = steps();
  wrong[4][0] = { 2: 'gone', 1: [['r', 'x'.repeat(150)]] };
  complains(await run({ rust: transcript(wrong) }), /disconnected: 1\d\d bytes, at most 149/);
});

test('an update for the last step fails', async () => {
  const wrong = steps();
  wrong[5][0] = { 0: '6' };
  complains(await run({ rust: transcript(wrong) }), /nothing changes: no update: \d+ bytes, at most 0/);
});

test('a row that neither changed nor moved fails, in every form', async () => {
  const forms = {
    whole: { 1: { d: [row('c', 'C'), row('d', 'D'), row('b', 'B')] } },
    update: { 1: [['u', 'c', { 1: 'C' }], ['i', 'c', [row('d', 'D')]]] },
    again: { 1: [['r', 'b'], ['a', [row('d', 'D'), row('b', 'B')]]] },
  };
  for (const update of Object.values(forms)) {
    const wrong = steps();
    wrong[3][0] = update;
    complains(await run({ rust: transcript(wrong) }), /notification dismissed: .*row "[bc]" sent again/);
  }
});

test('a row that moved may be sent again', async () => {
  const moved = steps();
  moved[1][0] = { 1: [['r', 'c'], ['p', [row('c', 'C')]]] };
  assert.deepEqual((await run({ rust: transcript(moved) })).complaints, []);
});

test('long static text that the browser has fails', async () => {
  const wrong = steps();
  wrong[0][0] = { 0: '6', 2: { s: [LONG] } };
  complains(await run({ rust: transcript(wrong) }), /counter up: root.2: static text sent again/);
});

test('messages in another format lead to each state, and so does the last resync', async () => {
  const html = (text) => `<div id="f-5e17a9573ab71867"><p id="a">${text}</p></div>`;
  const stream = (text) => `<turbo-stream action="update" target="a"><template>${text}</template></turbo-stream>`;
  const wired = (update, resync = stream('two')) =>
    Buffer.concat([writeRecord('resync', stream('one')), writeRecord('html', html('one')), writeRecord('update', update), writeRecord('stats', ''), writeRecord('html', html('two')), writeRecord('resync', resync)]);
  const checked = async (bytes) => {
    const root = path.join(scratch, String(runs++));
    mkdirSync(path.join(root, 'rust'), { recursive: true });
    writeFileSync(path.join(root, 'rust', 'dashboard-dashboard.bin'), transcript(steps()));
    writeFileSync(path.join(root, 'rust', 'wire-one.turbo.bin'), bytes);
    return check(root, ['rust'], TITLES);
  };
  assert.deepEqual((await checked(wired(stream('two')))).complaints, []);
  complains(await checked(wired(stream('three'))), /wire-one.turbo.bin: state 1: the page differs/);
  complains(await checked(wired('')), /state 1: the page differs/);
  complains(await checked(wired(stream('two'), stream('three'))), /after a resync the page differs/);
});

test('answers lead to the state, and the lists of an update agree with its message', async () => {
  const element = (text) => `<p data-fragment-id="f-1">${text}</p>`;
  const html = (text) => `<div data-fragment-id="f-5e17a9573ab71867" data-lvt-wire="fragments">${element(text)}</div>`;
  const resync = (text, seq = 0) => JSON.stringify({ type: 'resync', seq, html: element(text) });
  const fragment = (text) => ({ id: 'f-1', strategy: 'replacement', action: 'replace', data: { content: element(text) } });
  const checked = async (...records) => {
    const root = path.join(scratch, String(runs++));
    mkdirSync(path.join(root, 'rust'), { recursive: true });
    writeFileSync(path.join(root, 'rust', 'dashboard-dashboard.bin'), transcript(steps()));
    const all = [['resync', resync('one')], ['html', html('one')], ...records, ['resync', resync('two', 1)]];
    writeFileSync(path.join(root, 'rust', 'wire-one.fragments.bin'), Buffer.concat(all.map(([kind, text]) => writeRecord(kind, text))));
    return check(root, ['rust'], TITLES);
  };
  const update = ['update', JSON.stringify({ seq: 1, fragments: [fragment('two')] })];
  const told = (text) => ['fragments', JSON.stringify([{ ...fragment(text), reason: 'r', expected_reduction: 0.4, reduction: 0 }])];
  const state = ['html', html('two')];
  const answer = (text) => ['answer', text];
  assert.deepEqual((await checked(answer(resync('one')), update, told('two'), ['changes', '[{}]'], state, answer(resync('two', 1)), answer(''))).complaints, []);
  complains(await checked(update, told('two'), state, answer(resync('three', 1))), /after an answer in state 1 the page differs/);
  complains(await checked(update, told('three'), state), /the fragments are not those of the message/);
  complains(await checked(update, ['changes', '[]'], state), /state 1: \[\] changed/);
});

test('a transcript cut short fails', async () => {
  complains(await run({ rust: transcript(steps()).subarray(0, -10) }), /cut short/);
  complains(await run({ rust: Buffer.from('tree x\n') }), /malformed record head/);
});

test('the live region is found with and without <body>', async () => {
  assert.deepEqual(splitPage('<div data-lvt-id="x">a</div>b</div>'), { before: '', region: 'a</div>b', after: '' });
  assert.deepEqual(splitPage('<body><div data-lvt-id="x">a</div></BODY >\n'), { before: '<body>', region: 'a', after: '</BODY >\n' });
  assert.throws(() => splitPage('<div data-lvt-id="x">a</p>'), /does not end/);
  assert.throws(() => splitPage('<div>a</div>'), /no <div/);
});

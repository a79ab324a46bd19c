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

test('a right journey passes, ids aside', () => {
  const { lines, complaints } = run({ rust: transcript(steps(), 'p1'), node: transcript(steps(), 'other') });
  assert.deepEqual(complaints, []);
  assert.deepEqual(lines, [
    'conformance: 1 transcripts, 7 states, 5 updates checked (rust)',
    'conformance: 1 transcripts, 7 states, 5 updates checked (node)',
  ]);
});

test('a missing or empty language fails, and so does none at all', () => {
  complains(run({ rust: transcript(steps()) }, ['rust', 'go']), /^go: no transcripts/);
  complains(run({ rust: transcript(steps()), go: null }), /^go: no transcripts/);
  complains(run({ rust: transcript(steps()), go: Buffer.alloc(0) }), /^go: no transcripts/);
  complains(run({}, []), /no language/);
});

test('zero updates fail', () => {
  complains(run({ rust: transcript([]) }), /no update was checked/);
});

test('languages that differ fail', () => {
  const other = steps();
  other[0][0] = { 0: '6', 1: [['r', 'no such row']] };
  complains(run({ rust: transcript(steps()), go: transcript(other) }), /^go: .*record 2 is not that of rust/);
});

test('figures that differ between languages fail', () => {
  const counted = (n) => {
    const [tree, first, update, html] = [0, 1, 2, 3].map((at) => parseTranscript(transcript(steps()))[at]);
    const records = [tree, first, update, { kind: 'stats', bytes: `slots_evaluated ${n}` }, html];
    return Buffer.concat(records.map(({ kind, bytes }) => writeRecord(kind, bytes)));
  };
  complains(run({ rust: counted(1), go: counted(2) }), /^go: .*record 3 is not that of rust/);
  assert.ok(!run({ rust: counted(1), go: counted(1) }).complaints.some((text) => /record/.test(text)));
});

test('HTML that the client would not hold fails', () => {
  const wrong = steps();
  wrong[0][0] = { 0: '7' };
  complains(run({ rust: transcript(wrong) }), /state 1: the client holds other HTML/);
});

test('a move that loses a row fails', () => {
  const wrong = steps();
  wrong[1][0] = { 1: [['o', ['c', 'a']]] };
  complains(run({ rust: transcript(wrong) }), /state 2: the client holds other HTML/);
});

test('a push with meta fails', () => {
  const bytes = Buffer.concat([
    writeRecord('tree', JSON.stringify({ tree: TREE, meta: { success: true } })),
    writeRecord('html', page('p', region(5, ['a', 'b', 'c']))),
  ]);
  complains(run({ rust: bytes }), /a push has the keys tree, meta/);
});

test('a step over its budget fails', () => {
  const wrong = steps();
  wrong[4][0] = { 2: 'gone', 1: [['r', 'x'.repeat(150)]] };
  complains(run({ rust: transcript(wrong) }), /disconnected: 1\d\d bytes, at most 149/);
});

test('an update for the last step fails', () => {
  const wrong = steps();
  wrong[5][0] = { 0: '6' };
  complains(run({ rust: transcript(wrong) }), /nothing changes: no update: \d+ bytes, at most 0/);
});

test('a row that neither changed nor moved fails, in every form', () => {
  const forms = {
    whole: { 1: { d: [row('c', 'C'), row('d', 'D'), row('b', 'B')] } },
    update: { 1: [['u', 'c', { 1: 'C' }], ['i', 'c', [row('d', 'D')]]] },
    again: { 1: [['r', 'b'], ['a', [row('d', 'D'), row('b', 'B')]]] },
  };
  for (const update of Object.values(forms)) {
    const wrong = steps();
    wrong[3][0] = update;
    complains(run({ rust: transcript(wrong) }), /notification dismissed: .*row "[bc]" sent again/);
  }
});

test('a row that moved may be sent again', () => {
  const moved = steps();
  moved[1][0] = { 1: [['r', 'c'], ['p', [row('c', 'C')]]] };
  assert.deepEqual(run({ rust: transcript(moved) }).complaints, []);
});

test('long static text that the browser has fails', () => {
  const wrong = steps();
  wrong[0][0] = { 0: '6', 2: { s: [LONG] } };
  complains(run({ rust: transcript(wrong) }), /counter up: root.2: static text sent again/);
});

test('a transcript cut short fails', () => {
  complains(run({ rust: transcript(steps()).subarray(0, -10) }), /cut short/);
  complains(run({ rust: Buffer.from('tree x\n') }), /malformed record head/);
});

test('the live region is found with and without <body>', () => {
  assert.deepEqual(splitPage('<div data-lvt-id="x">a</div>b</div>'), { before: '', region: 'a</div>b', after: '' });
  assert.deepEqual(splitPage('<body><div data-lvt-id="x">a</div></BODY >\n'), { before: '<body>', region: 'a', after: '</BODY >\n' });
  assert.throws(() => splitPage('<div data-lvt-id="x">a</p>'), /does not end/);
  assert.throws(() => splitPage('<div>a</div>'), /no <div/);
});

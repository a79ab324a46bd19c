// Checks transcripts against the published browser client.
//
//   node check.mjs [--root DIR] [--write] LANGUAGE…
//
// For each language: its transcripts exist and are those of the other languages, byte for byte (page ids aside); the
// client's TreeRenderer, fed the first tree and then the updates one by one, holds after each the HTML of the live
// region that `render` gave; the dashboard's updates keep their byte budgets and send nothing again. The updates of other
// formats lead a page in jsdom, with the client that they are for, to what a parser makes of each state's HTML; the messages of
// the first language are those of messages.txt, which `--write` writes. Pages of the host's HTML show in every state what a parser
// makes of that.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { difference, newRenderer, pushedTree } from './lib/client.mjs';
import { resent } from './lib/resend.mjs';
import { HOW, plain, sameAsHost, tabOf } from './lib/element-client.mjs';
import { journey, readLanguage, splitPage, timeless, wireJourney } from './lib/transcript.mjs';
import { hostStates } from './lib/vectors.mjs';

const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The most bytes a step of the dashboard may send. */
const BUDGETS = {
  'counter up': 249,
  'tasks reordered': 149,
  'task removed': 149,
  'notification dismissed': 149,
  disconnected: 149,
  'nothing changes: no update': 0,
};
const DASHBOARD = 'dashboard-dashboard.bin';

/** Replays one transcript. Calls `visit(update bytes, tree, before, after, index)` for every update that is not empty. */
export function replay(records, visit = () => {}) {
  const { tree, states } = journey(records);
  const renderer = newRenderer();
  let held = renderer.applyUpdate(pushedTree(tree)).html;
  let updates = 0;
  states.forEach(({ update, html }, index) => {
    if (update?.length) {
      const before = structuredClone(renderer.getTreeState());
      const change = pushedTree(update);
      held = renderer.applyUpdate(structuredClone(change)).html;
      updates++;
      visit(update, change, before, renderer.getTreeState(), index);
    }
    const { region } = splitPage(html);
    if (held !== region) throw new Error(`state ${index}: the client holds other HTML ${difference(held, region)}`);
  });
  return { states: states.length, updates };
}

/** The format of a transcript, by its file's name; undefined for `tree`. */
const wireOf = (name) => /\.([a-z]+)\.bin$/.exec(name)?.[1];

/** Replays a transcript of another format. */
export async function replayWire(wire, records) {
  const tab = await tabOf(wire, 'jsdom');
  const how = HOW[wire] ?? {};
  const first = wireJourney(records);
  let [states, updates, html, sent] = [1, 0, first.html, null];
  const compare = async (what) => {
    const other = await tab.call('difference', html, how);
    if (other) throw new Error(`${what} the page differs ${other}`);
  };
  await tab.call('show', html, wire, first.resync);
  await compare('state 0:');
  for (const { kind, bytes } of first.rest) {
    const text = bytes.toString();
    if (kind === 'html') {
      html = text;
      await compare(`state ${states++}:`);
    } else if (kind === 'update') {
      sent = text;
      if (text === '') continue;
      await tab.call('apply', wire, text);
      updates++;
    } else if (kind === 'answer' && text !== '') {
      const { type, operations } = JSON.parse(text);
      // What is wrong with a client's message changes nothing.
      if (type === 'error') continue;
      await tab.call(operations ? 'greeted' : 'apply', wire, text);
      await compare(`after an answer in state ${states - 1}`);
    } else if (kind === 'fragments') {
      const told = JSON.parse(text).map(({ id, strategy, action, data }) => ({ id, strategy, action, data }));
      assert.deepStrictEqual(told, sent === '' ? [] : JSON.parse(sent).fragments, 'the fragments are not those of the message');
    } else if (kind === 'changes' && (text === '[]') !== (sent === '')) throw new Error(`state ${states}: ${text} changed, ${sent} was sent`);
  }
  // Whoever shows the first state comes to the last by its resync.
  await tab.call('show', first.html, wire, first.resync);
  await tab.call('resync', wire, first.last);
  await compare('after a resync');
  return { states, updates };
}

/** Sees that a page of the host's HTML shows in every state what a parser makes of that. */
async function compareWithHost(name, records) {
  const wanted = hostStates(name.replace(/\..*/, ''));
  const shown = records.filter(({ kind }) => kind === 'html').map(({ bytes }) => plain(bytes.toString()));
  if (shown.length !== wanted.length) throw new Error(`${shown.length} states, the host has ${wanted.length}`);
  for (const [index, html] of wanted.entries()) await sameAsHost(null, shown[index], html, `state ${index}`);
}

/** More of a message nobody reads. */
const MOST_TEXT = 6000;

/** The messages of a language in the formats other than `tree`, as text to look through. */
export function messages(root, language) {
  const lines = [];
  for (const [name, records] of readLanguage(path.join(root, language))) {
    if (!wireOf(name)) continue;
    lines.push(`== ${name.replace(/\.bin$/, '')}`);
    let update = '';
    for (const record of records) {
      if (['html', 'stats'].includes(record.kind)) continue;
      let text = timeless(record);
      if (record.kind === 'update') update = text;
      // What was said just above.
      if (record.kind === 'reply' && update !== '') text = text.replace(update, () => '(the update)');
      if (record.kind === 'fragments') text = JSON.parse(text).map(summary).join('\n');
      if (text.length > MOST_TEXT) text = `${text.slice(0, 300)}… ${text.length} characters, SHA-256 ${createHash('sha256').update(text).digest('hex')}`;
      lines.push(`-- ${record.kind}`, text);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** What the message does not say of a fragment. */
const summary = ({ id, strategy, reason, expected_reduction: expected, reduction }) => `${id} ${strategy}: ${reason}; expected ${expected}, measured ${reduction.toFixed(3)}`;

/** Complaints about the dashboard's updates. `titles` are those of the steps. */
export function checkDashboard(records, titles) {
  const complaints = [];
  const { states } = journey(records);
  if (states.length !== titles.length + 1) return [`${states.length - 1} updates for ${titles.length} steps`];
  for (const [title, most] of Object.entries(BUDGETS)) {
    const index = titles.indexOf(title);
    if (index < 0) complaints.push(`no step ${JSON.stringify(title)}`);
    else if (states[index + 1].update.length > most) complaints.push(`${title}: ${states[index + 1].update.length} bytes, at most ${most}`);
  }
  replay(records, (_bytes, tree, before, after, index) => {
    for (const complaint of resent(tree, before, after)) complaints.push(`${titles[index - 1]}: ${complaint}`);
  });
  return complaints;
}

/** Checks the languages under `root`; returns the lines to print and the complaints. */
export async function check(root, languages, titles) {
  const lines = [];
  const complaints = [];
  const all = new Map();
  for (const language of languages) {
    const directory = path.join(root, language);
    try {
      all.set(language, existsSync(directory) ? readLanguage(directory) : new Map());
    } catch (error) {
      complaints.push(`${language}: ${error.message}`);
    }
    if (all.get(language)?.size === 0) complaints.push(`${language}: no transcripts in ${directory}`);
  }
  const names = new Set([...all.values()].flatMap((files) => [...files.keys()]));
  const reference = new Map();
  for (const [language, files] of all) {
    let states = 0;
    let updates = 0;
    for (const name of names) {
      const records = files.get(name);
      if (!records) {
        if (files.size > 0) complaints.push(`${language}: no transcript ${name}`);
        continue;
      }
      try {
        const wire = wireOf(name);
        if (name.startsWith('host-html-')) await compareWithHost(name.slice('host-html-'.length), records);
        const counts = wire ? await replayWire(wire, records) : replay(records);
        states += counts.states;
        updates += counts.updates;
        if (name === DASHBOARD) complaints.push(...checkDashboard(records, titles).map((text) => `${language}: dashboard: ${text}`));
      } catch (error) {
        complaints.push(`${language}: ${name}: ${error.message}`);
      }
      const bare = records.map((record) => `${record.kind} ${timeless(record)}`);
      const other = reference.get(name);
      if (!other) reference.set(name, { language, bare });
      else if (bare.length !== other.bare.length) complaints.push(`${language}: ${name}: ${bare.length} records, ${other.language} has ${other.bare.length}`);
      else {
        const at = bare.findIndex((text, index) => text !== other.bare[index]);
        if (at >= 0) complaints.push(`${language}: ${name}: record ${at} is not that of ${other.language}`);
      }
    }
    lines.push(`conformance: ${files.size} transcripts, ${states} states, ${updates} updates checked (${language})`);
    if (files.size > 0 && updates === 0) complaints.push(`${language}: no update was checked`);
  }
  if (all.size === 0) complaints.push('no language was named');
  if (names.size > 0 && !names.has(DASHBOARD)) complaints.push(`no transcript ${DASHBOARD}`);
  return { lines, complaints };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2);
  let root = path.join(repository, 'target', 'transcripts');
  if (args[0] === '--root') [, root] = args.splice(0, 2);
  const isWriting = args[0] === '--write' && Boolean(args.shift());
  const steps = JSON.parse(readFileSync(path.join(repository, 'tests', 'vectors', 'dashboard', 'steps.json'), 'utf8'));
  const { lines, complaints } = await check(root, args, steps.map((step) => step.name));
  const file = fileURLToPath(new URL('messages.txt', import.meta.url));
  const text = args.length > 0 ? messages(root, args[0]) : '';
  if (isWriting) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) complaints.push(`${args[0]}: its messages are not those of messages.txt: node check.mjs --write ${args[0]}, and look at what changed`);
  for (const line of lines) console.log(line);
  for (const complaint of complaints) console.error(`FAIL ${complaint}`);
  if (complaints.length > 0) process.exitCode = 1;
  // Pages in jsdom keep timers.
  process.exit();
}

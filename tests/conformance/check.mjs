// Checks transcripts against the published browser client.
//
//   node check.mjs [--root DIR] LANGUAGE…
//
// For each language: its transcripts exist and are those of the other languages, byte for byte (page ids aside); the
// client's TreeRenderer, fed the first tree and then the updates one by one, holds after each the HTML of the live
// region that `render` gave; the dashboard's updates keep their byte budgets and send nothing again.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { difference, newRenderer, pushedTree } from './lib/client.mjs';
import { resent } from './lib/resend.mjs';
import { journey, readLanguage, splitPage, withoutId } from './lib/transcript.mjs';

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
export function check(root, languages, titles) {
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
        const counts = replay(records);
        states += counts.states;
        updates += counts.updates;
        if (name === DASHBOARD) complaints.push(...checkDashboard(records, titles).map((text) => `${language}: dashboard: ${text}`));
      } catch (error) {
        complaints.push(`${language}: ${name}: ${error.message}`);
      }
      const bare = records.map((record) => `${record.kind} ${withoutId(record)}`);
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
  const steps = JSON.parse(readFileSync(path.join(repository, 'tests', 'vectors', 'dashboard', 'steps.json'), 'utf8'));
  const { lines, complaints } = check(root, args, steps.map((step) => step.name));
  for (const line of lines) console.log(line);
  for (const complaint of complaints) console.error(`FAIL ${complaint}`);
  if (complaints.length > 0) process.exitCode = 1;
}

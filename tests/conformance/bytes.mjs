// What six updates of one page cost in each format: docs/wire-bytes.md.
//
//   node bytes.mjs            prints the document
//   node bytes.mjs --write    writes it
//   node bytes.mjs --check    fails when what is written is something else, or a figure is over its bound
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import { Application, Template } from './lib/binding.mjs';

const file = fileURLToPath(new URL('../../docs/wire-bytes.md', import.meta.url));

const SOURCE =
  '<h1 id="h">Hello {{.Name}}</h1><p id="st" class="{{.Class}}">Status of the order list</p><table id="t"><tbody id="rows">{{range .Rows}}<tr id="{{.Key}}" data-key="{{.Key}}">' +
  '<td>{{.Label}}</td><td>{{.Qty}}</td><td><button name="del" value="{{.N}}">Delete</button></td></tr>{{end}}</tbody></table>{{if .Open}}<div id="panel"><b>Panel of {{.Owner}}</b></div>{{end}}';
const row = (i) => ({ Key: `r${i}`, Label: `Item ${i}`, Qty: i % 7, N: i });
const DATA = { Name: 'World', Class: 'ok', Owner: 'Bob', Open: false, Rows: Array.from({ length: 100 }, (_, i) => row(i + 1)) };

/** The updates, each of the first page. */
const UPDATES = {
  text: (data) => ({ ...data, Name: 'Alice' }),
  attr: (data) => ({ ...data, Class: 'warn' }),
  append: (data) => ({ ...data, Rows: [...data.Rows, row(101)] }),
  remove: (data) => ({ ...data, Rows: data.Rows.filter(({ Key }) => Key !== 'r50') }),
  swap: (data) => ({ ...data, Rows: data.Rows.map((line, at) => data.Rows[{ 9: 89, 89: 9 }[at] ?? at]) }),
  branch: (data) => ({ ...data, Open: true }),
};
const NAMES = Object.keys(UPDATES);
const WIRES = ['tree', 'fragments', 'patches', 'operations', 'turbo', 'htmx'];

/** Measured with other engines and their clients: raw and deflated bytes of each update, and the first render. */
const OTHERS = {
  'LiveTemplate 0.25.1': [[22, 14], [21, 15], [93, 41], [28, 20], [616, 216], [78, 47], 6687],
  'Phoenix 1.2, push frame': [[57, 30], [56, 29], [129, 48], [475, 204], [90, 48], [125, 64], 6191],
  'Turbo Streams by hand': [[88, 67], [131, 69], [197, 73], [58, 45], [381, 69], [117, 90], 11392],
  'htmx 2 by hand': [[46, 35], [71, 33], [162, 49], [39, 24], [406, 79], [78, 66], 11392],
};

/** The times of messages are no figures. */
const timeless = (payload) => Buffer.from(payload.toString().replace(/"timestamp":"[^"]*"/, '"timestamp":"2026-01-01T00:00:00.000Z"'));
const deflated = (bytes, window) => deflateRawSync(bytes, { level: 9, dictionary: Buffer.from(window).subarray(-32768) }).length;

/** `[[raw, deflated]…, first render]`, and the reductions; null for a format that there is not. */
function measure(app, template, wire) {
  let first;
  const reductions = {};
  const figures = [];
  const strategies = {};
  for (const [name, change] of Object.entries(UPDATES)) {
    const page = app.newPage(template, DATA, { wire });
    // What a client has when the first update comes, after its connection told it.
    first = wire === 'tree' ? page.tree() : page.render();
    const update = page.update(change(DATA));
    const payload = timeless(update.payload);
    figures.push([payload.length, deflated(payload, first)]);
    reductions[name] = 1 - payload.length / update.stats.fullRenderBytes;
    const { strategy } = update.stats;
    if (strategy) strategies[name] = strategy;
    page.close();
  }
  return { figures: [...figures, Buffer.byteLength(first)], reductions, strategies };
}

const sum = (figures, at) => figures.slice(0, NAMES.length).reduce((total, pair) => total + pair[at], 0);
const cells = (list) => `| ${list.join(' | ')} |`;
const percent = (part) => `${(100 * part).toFixed(1)} %`;

function line(name, figures) {
  const pairs = figures.slice(0, NAMES.length).map(([raw, small]) => `${raw} (${small})`);
  return cells([name, ...pairs, `${sum(figures, 0)} (${sum(figures, 1)})`, figures.at(-1)]);
}

/** What the requirements want of kinds of updates: the id, what it is about, the updates, the least reduction, and the formats. */
const TARGETS = [
  ['PRF-24', 'text changes, 85 to 95 %', ['text'], 0.85, WIRES],
  ['PRF-25', 'changes at places in text, 70 to 85 %', ['text', 'attr'], 0.7, WIRES],
  ['PRF-26', 'simple structure, 60 to 80 %', ['append', 'remove'], 0.6, WIRES],
  ['PRF-27', 'the rest, 40 to 60 %', ['swap', 'branch'], 0.4, WIRES],
  ['PRF-21', 'value patches, over 85 %', ['text', 'attr'], 0.85, ['patches']],
  ['PRF-22', 'fragments replaced, over 60 %', ['append', 'remove', 'swap', 'branch'], 0.6, ['patches']],
  ['PRF-28', 'statics cached, 50 to 90 %', NAMES, 0.5, ['tree', 'fragments']],
];

/** Structure has no messages of its own in this format: the fragment around it is replaced, here the whole table. */
const OUT_OF_REACH = { patches: ['PRF-26', 'PRF-27', 'PRF-22', 'PRF-20', 'PRF-23', 'PRF-29'] };

/** The document, and what is over its bound. */
export function report() {
  const app = new Application();
  const template = new Template(SOURCE, { name: 'page' });
  const plain = (data) => template.render(data);
  const first = plain(DATA);
  const whole = Object.values(UPDATES).map((change) => plain(change(DATA)));
  const full = [...whole.map((html) => [Buffer.byteLength(html), deflated(Buffer.from(html), first)]), Buffer.byteLength(first)];
  const measured = WIRES.flatMap((wire) => {
    try {
      return [[wire, measure(app, template, wire)]];
    } catch (error) {
      if (error.name === 'InvalidArgument') return [];
      throw error;
    }
  });

  const complaints = [];
  const reached = (id, wire, saved, least) => {
    if (saved >= least) return percent(saved);
    if (!OUT_OF_REACH[wire]?.includes(id)) complaints.push(`${id}: ${wire} saves ${percent(saved)}, not ${percent(least)}`);
    return `${percent(saved)} (missed)`;
  };
  const lines = [
    '# Bytes of six updates',
    '',
    'Written by `make bytes`; `make test-conformance` compares it with what the engine sends. The page is a heading, a paragraph with a',
    'class, a table of 100 rows and a panel that is closed (its source is in `tests/conformance/bytes.mjs`). The updates: the text of the heading; the',
    'class; a row more at the end; a row less; two rows swapped; the panel opens. Bytes of the message, in brackets after raw deflate with the',
    'first render as window.',
    '',
    cells(['format', ...NAMES, 'sum', 'first render']),
    cells(['---', ...NAMES.map(() => '---:'), '---:', '---:']),
    ...measured.map(([wire, { figures }]) => line(`\`${wire}\``, figures)),
    line('full HTML', full),
    ...Object.entries(OTHERS).map(([name, figures]) => line(name, figures)),
    '',
    'The last four rows were measured with those engines and their clients. LiveTemplate’s swap names all keys, ours removes and inserts: see',
    '“Moves” in `architecture.md`.',
    '',
    '## The full page over the message',
    '',
    cells(['format', ...NAMES, 'all six']),
    cells(['---', ...NAMES.map(() => '---:'), '---:']),
    ...measured.map(([wire, { figures }]) => {
      const times = NAMES.map((_, at) => `${(full[at][0] / figures[at][0]).toFixed(0)}×`);
      return cells([`\`${wire}\``, ...times, `${(sum(full, 0) / sum(figures, 0)).toFixed(0)}×`]);
    }),
    '',
    '## Reductions and what is wanted',
    '',
    'Of the full page; the smallest of the updates that a target is about. `patches` has no messages for structure: it replaces the',
    'fragment around it, here the whole table or page, and misses what is wanted of such updates.',
    '',
    cells(['target', 'about', 'updates', ...measured.map(([wire]) => `\`${wire}\``)]),
    cells(['---', '---', '---', ...measured.map(() => '---:')]),
  ];
  for (const [id, about, names, least, wires] of TARGETS) {
    const found = measured.map(([wire, { reductions }]) => {
      if (!wires.includes(wire)) return '';
      return reached(id, wire, Math.min(...names.map((name) => reductions[name])), least);
    });
    lines.push(cells([id, about, names.join(', '), ...found]));
  }
  const averages = measured.map(([wire, { reductions }]) => [wire, NAMES.reduce((total, name) => total + reductions[name], 0) / NAMES.length]);
  for (const [id, about, least] of [['PRF-20', 'all, 60 to 85 %', 0.6], ['PRF-23', 'average, 70 %', 0.7], ['PRF-29', 'usual pages, 60 to 80 %', 0.6]]) {
    lines.push(cells([id, about, 'average of all', ...averages.map(([wire, average]) => reached(id, wire, average, least))]));
  }
  lines.push('');

  const published = OTHERS['LiveTemplate 0.25.1'];
  const tree = measured.find(([wire]) => wire === 'tree')[1].figures;
  NAMES.forEach((name, at) => {
    if (tree[at][0] > published[at][0]) complaints.push(`tree: ${name} has ${tree[at][0]} bytes, at most ${published[at][0]}`);
  });
  if (sum(tree, 0) > sum(published, 0)) complaints.push(`tree: ${sum(tree, 0)} bytes, at most ${sum(published, 0)}`);
  return { text: lines.join('\n'), complaints };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { text, complaints } = report();
  if (process.argv.includes('--write')) writeFileSync(file, text);
  else if (!process.argv.includes('--check')) console.log(text);
  else if (readFileSync(file, 'utf8') !== text) complaints.push('docs/wire-bytes.md is not what the engine sends: make bytes');
  for (const complaint of complaints) console.error(`FAIL ${complaint}`);
  if (complaints.length > 0) process.exitCode = 1;
}

// Runs tests/vectors against the package and writes the transcripts; see tests/vectors/README.md.
//
//   node test/vectors.mjs [part of a case's name]
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application, CSS, HTML, HTMLAttr, JS, JSStr, Srcset, Template, URL } from 'livetemplate';

const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const vectors = path.join(repository, 'tests', 'vectors');
const transcripts = path.join(repository, 'target', 'transcripts', 'node');

/** The sections of a case: `[{heading, content}]`, contents as bytes. */
function sections(file) {
  const list = [];
  let current = null;
  const bytes = readFileSync(file);
  for (let at = 0; at < bytes.length; ) {
    const newline = bytes.indexOf(0x0a, at);
    const end = newline < 0 ? bytes.length : newline + 1;
    const heading = /^-- (.*) --\r?\n?$/.exec(bytes.toString('utf8', at, end));
    if (heading) list.push((current = { heading: heading[1], from: end, to: end }));
    else if (current) current.to = end;
    at = end;
  }
  return list.map(({ heading, from, to }) => {
    const include = /^(.*?) < (.*)$/.exec(heading);
    if (include) return { heading: include[1], content: readFileSync(path.join(path.dirname(file), include[2])) };
    return { heading, content: bytes.subarray(from, to > from && bytes[to - 1] === 0x0a ? to - 1 : to) };
  });
}

/** The calls that lead from state to state, by JSON text where there is such a call, and by JavaScript values. Setting data aside gives no update. */
const STEPS = {
  patch: { byText: (page, text, json) => page.patchJson(text, json), byValue: (page, value) => page.patch(value) },
  update: { byText: (page, text, json) => page.updateJson(text, json), byValue: (page, value) => page.update(value) },
  set_data: { byText: (page, text, json) => page.setData(values(text, json)), byValue: (page, value) => page.setData(value) },
  update_html: { byText: (page, text) => page.updateHtml(text) },
};

/** What the option `functions` stands for. */
const FUNCTIONS = {
  check: {
    call: (ok, value) => {
      if (ok !== true) throw new Error('check failed');
      return value;
    },
    minArgs: 2,
    maxArgs: 2,
  },
  tick: { call: () => 'tick', maxArgs: 0 },
};

/** A case: its template's sources and options, its states and what is wanted of each. */
function read(file) {
  const kase = { sources: [], template: {}, wires: [], json: { times: true, trusted: false }, data: null, html: null, steps: [], receives: [], wants: [], details: [], dependencies: null, analysis: null };
  for (const { heading, content } of sections(file)) {
    const [kind, ...rest] = heading.split(' ');
    const argument = rest.join(' ');
    if (kind === 'options') options(kase, content.toString());
    else if (kind === 'template') kase.sources.push([argument, content]);
    else if (kind === 'data') kase.data = content;
    else if (kind === 'html') kase.html = content;
    else if (kind === 'receive') kase.receives.push({ before: kase.steps.length, message: content });
    else if (kind in STEPS) kase.steps.push({ kind, title: argument, text: content });
    else if (kind === 'analysis') kase.analysis = camel(JSON.parse(content.toString()));
    else if (kind === 'dependencies') kase.dependencies = content.toString().split('\n').filter(Boolean).map((line) => JSON.parse(line));
    else if (kind === 'want') kase.wants[Number(argument)] = { html: content.toString() };
    else if (kind === 'error') kase.wants[Number(argument)] = { error: fields(content.toString()) };
    else if (kind === 'details') kase.details[Number(argument)] = content.toString();
    else throw new Error(`unknown heading ${heading}`);
  }
  kase.details.forEach((details, state) => { kase.wants[state].error.details = details; });
  return kase;
}

function options(kase, text) {
  for (const line of text.split('\n').filter(Boolean)) {
    const [name, ...values] = line.split(' ');
    if (name === 'times') kase.json.times = true;
    else if (name === 'no-times') kase.json.times = false;
    else if (name === 'trusted') kase.json.trusted = true;
    else if (name === 'numbers') [kase.template.numbers] = values;
    else if (name === 'missingkey') [kase.template.missingKey] = values;
    else if (name === 'delims') kase.template.delims = values;
    else if (name === 'wire') kase.wires = values;
    else if (name === 'functions') kase.template.functions = FUNCTIONS;
    else if (name === 'max-steps') kase.template.maxSteps = Number(values[0]);
    else if (name === 'max-output') kase.template.maxOutput = Number(values[0]);
    else if (!name.startsWith('go-')) throw new Error(`unknown option ${line}`);
  }
}

/** `{code, template, line, column, message}`, those that are given. */
function fields(text) {
  return Object.fromEntries(text.split('\n').map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]));
}

function equal(what, got, want) {
  if (got === want) return;
  let at = 0;
  while (at < got.length && got[at] === want[at]) at++;
  const around = (text) => JSON.stringify(text.slice(Math.max(0, at - 40), at + 80));
  throw new Error(`${what} differs at ${at}:\n    got  ${around(got)}\n    want ${around(want)}`);
}

function fails(what, work, want) {
  let error;
  try {
    work();
  } catch (caught) {
    error = caught;
  }
  if (!error) throw new Error(`${what}: no error, want ${want.code}`);
  const got = { code: error.name, template: error.template, line: error.line, column: error.column, message: error.message, details: error.details };
  for (const [field, value] of Object.entries(want)) equal(`${what}: ${field} of the error`, String(got[field]), value);
}

/** The page's HTML without the wrapper that `tree` adds. */
function unwrapped(page) {
  const html = page.render();
  const open = `<div data-lvt-id="${page.id}">`;
  const from = html.indexOf(open);
  if (from < 0) throw new Error(`no ${open} in the page`);
  const body = html.toLowerCase().lastIndexOf('</div></body');
  const to = body > from ? body : html.length - '</div>'.length;
  equal('end of the wrapper', html.slice(to, to + 6), '</div>');
  return html.slice(0, from) + html.slice(from + open.length, to) + html.slice(to + 6);
}

/** The number literals and the times of JSON text. */
function literals(json) {
  const text = json.toString();
  const strings = /"(?:[^"\\]|\\.)*"/g;
  return {
    numbers: text.replace(strings, '""').match(/-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g) ?? [],
    times: text.match(/"\$time"\s*:\s*"[^"]*"/g) ?? [],
  };
}

/**
 * Whether JavaScript values can hold what the JSON text says: a number has no mark that it was written `2.0`, and a Date
 * has milliseconds and no offset. What cannot be held does not come back the same from `page.data()`.
 */
function holdable(json) {
  const { numbers, times } = literals(json);
  return (
    !numbers.some((number) => /[.eE]/.test(number) && Number.isInteger(Number(number))) &&
    times.every((time) => /T\d\d:\d\d:\d\d(?:\.\d{1,3})?Z"$/.test(time))
  );
}

const TAGS = { $html: HTML, $attr: HTMLAttr, $js: JS, $jsstr: JSStr, $css: CSS, $url: URL, $srcset: Srcset };

/** Whether a number literal is an integer of 64 bits that only a BigInt can hold. */
const isBig = (literal) => /^-?\d+$/.test(literal) && !Number.isSafeInteger(Number(literal)) && BigInt(literal) < 2n ** 64n && BigInt(literal) >= -(2n ** 63n);

/** The JSON text as JavaScript values, tags read as the flags say. */
function values(json, { times, trusted }) {
  const text = json.toString().replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g, (token) => (isBig(token) ? `{"$bigint":"${token}"}` : token));
  return JSON.parse(text, (_name, value) => {
    const keys = value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.keys(value) : [];
    if (keys.length !== 1) return value;
    const [tag] = keys;
    const content = value[tag];
    if (tag === '$bigint') return BigInt(content);
    if (times && tag === '$time' && !Number.isNaN(Date.parse(content))) return new Date(content);
    if (trusted && tag in TAGS) return new TAGS[tag](content);
    if (trusted && tag === '$bytes') return Buffer.from(content, 'base64');
    return value;
  });
}

/** A page showing the case's data. Where JavaScript values cannot hold it, the JSON text follows as an update. */
function pageOf(app, template, { data, json }) {
  const page = app.newPage(template, values(data, json));
  if (!holdable(data)) page.updateJson(data, json);
  return page;
}

const record = (kind, text) => {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from(`${kind} ${bytes.length}\n`), bytes, Buffer.from('\n')]);
};

/** The figures of an update as a transcript has them. */
function figures({ stats }) {
  const { bytes, fullRenderBytes, reduction, slotsEvaluated, outside, reasons, strategy } = stats;
  const list = { bytes, full_render_bytes: fullRenderBytes, reduction: Math.floor(reduction * 1e6), slots_evaluated: slotsEvaluated, outside };
  const order = ['cost', 'lost', 'volatile', 'assigned', 'ends', 'objects'];
  for (const reason of Object.keys(reasons).sort((a, b) => order.indexOf(a) - order.indexOf(b))) list[reason] = reasons[reason];
  if (strategy) list.strategy = strategy;
  return Object.entries(list).map(([name, figure]) => `${name} ${figure}`).join('\n');
}

/** What a step gave, or its error, as text to compare. */
function told(take) {
  try {
    const update = take();
    return update ? `${update.payload}\n${figures(update)}` : '';
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}

/** Sees that what was given once more has nothing to send. */
function nothing(what, update) {
  if (!update.isEmpty || update.payload.length !== 0) throw new Error(`${what}, given again, sends ${update.payload}`);
}

/** JSON with its members' names as the package has them. */
function camel(value) {
  if (Array.isArray(value)) return value.map(camel);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name.replace(/_(.)/g, (_, c) => c.toUpperCase()), camel(inner)]));
}

/** Runs a case; returns its transcript, or null when there is no page. */
function run(kase) {
  if (kase.html) return runHtml(kase);
  if (kase.data === null || kase.wants.length !== kase.steps.length + 1) throw new Error('the case is not complete');
  const app = new Application();
  const make = () => Template.fromSources(kase.sources, kase.template);
  const [first, ...rest] = kase.wants;
  if (first.error) {
    fails('render', () => make().renderJson(kase.data, kase.json), first.error);
    if (holdable(kase.data)) fails('page', () => pageOf(app, make(), kase), first.error);
    return null;
  }
  const template = make();
  equal('render of state 0', template.renderJson(kase.data, kase.json), first.html);

  if (kase.dependencies) assert.deepStrictEqual(template.dependencies(), kase.dependencies);

  const page = pageOf(app, template, kase);
  refuse(kase, page);
  if (kase.analysis) {
    assert.deepStrictEqual(template.analysis(), kase.analysis);
    assert.deepStrictEqual(page.analysis(), kase.analysis);
  }
  // The same journey once more, by values.
  const other = pageOf(app, template, kase);
  const comesBack = [kase.data, ...kase.steps.map(({ text }) => text)].every(holdable);
  const compare = (what, want) => {
    equal(`page.render of ${what}`, unwrapped(page), want);
    if (comesBack) equal(`render of the data of ${what}`, template.render(page.data()), want);
  };
  compare('state 0', first.html);
  const parts = [record('tree', page.tree()), record('html', page.render())];
  let html = first.html;
  rest.forEach((want, index) => {
    const { kind, title, text } = kase.steps[index];
    const what = `${kind} ${title}`;
    const { byText, byValue } = STEPS[kind];
    let update = null;
    const given = told(() => (update = byText(page, text, kase.json)));
    if (comesBack) equal(`${what} by values`, told(() => byValue(other, values(text, kase.json))), given);
    if (want.error) fails(what, () => byText(page, text, kase.json), want.error);
    else ({ html } = want);
    compare(what, html);
    if (comesBack) equal(`page.render after ${what} by values`, unwrapped(other), html);
    if (update) {
      equal(`bytes of ${what}`, String(update.stats.bytes), String(update.payload.length));
      parts.push(record('update', update.payload), record('stats', figures(update)), record('html', page.render()));
      if (kind === 'update') nothing(what, byText(page, text, kase.json));
    }
  });
  nothing('an empty patch', page.patchJson('[]'));
  if (comesBack) nothing('the same data', page.update(page.data()));
  app.close();
  return Buffer.concat(parts);
}

/** The same for a page whose HTML its host renders. */
function runHtml(kase) {
  const app = new Application();
  const page = app.newPageFromHtml(kase.html);
  refuse(kase, page);
  const parts = [record('tree', page.tree()), record('html', page.render())];
  for (const { title, text } of kase.steps) {
    const update = page.updateHtml(text);
    whole(update);
    parts.push(record('update', update.payload), record('stats', figures(update)), record('html', page.render()));
    nothing(title, page.updateHtml(text));
  }
  app.close();
  return Buffer.concat(parts);
}

/** Sees that a page in a format of another client takes no control messages. */
function refuse({ receives }, page) {
  for (const { message } of receives) fails(`a control message in ${page.wire}`, () => page.receive(message), { code: 'InvalidArgument' });
}

/** Sees that an update's messages put together are its payload. */
function whole({ messages, payload }) {
  equal('the messages', messages.length > 1 ? `[${messages.join(',')}]` : messages.join(), payload.toString());
}

/** JSON with the members' names as the engine has them. */
const snaked = (list) => JSON.stringify(list.map(({ expectedReduction, ...rest }) => (expectedReduction === undefined ? rest : { ...rest, expected_reduction: expectedReduction })));

/** The formats of our own client, which has control messages. */
const OWN = ['operations', 'fragments', 'patches'];

/** The journey of a page in another format, as a transcript. */
function walk(kase, wire) {
  const app = new Application();
  const page = kase.html ? app.newPageFromHtml(kase.html, { wire }) : app.newPage(Template.fromSources(kase.sources, kase.template), values(kase.data, kase.json), { wire });
  const parts = [record('resync', page.resync()), record('html', page.render())];
  if (!OWN.includes(wire)) refuse(kase, page);
  const answer = (state) => {
    for (const { before, message } of OWN.includes(wire) ? kase.receives : []) if (before === state) parts.push(record('answer', page.receive(message)));
  };
  answer(0);
  kase.steps.forEach(({ kind, title, text }, index) => {
    const error = kase.wants[index + 1]?.error;
    const take = () => STEPS[kind].byText(page, text, kase.json);
    if (error) return fails(title, take, error);
    const update = take();
    if (update) {
      whole(update);
      const reply = update.reply({ action: 'save', errors: { Name: 'is <empty>' } });
      parts.push(record('update', update.payload), record('reply', reply), record('stats', figures(update)));
      if (wire === 'fragments') parts.push(record('fragments', snaked(update.fragments)));
      if (kase.html) parts.push(record('changes', snaked(update.changes)));
      parts.push(record('html', page.render()));
    }
    answer(index + 1);
  });
  parts.push(record('resync', page.resync()));
  app.close();
  return Buffer.concat(parts);
}

const filter = process.argv[2] ?? '';
let passed = 0;
let failed = 0;
if (!filter) rmSync(transcripts, { recursive: true, force: true });
mkdirSync(transcripts, { recursive: true });
const cases = readdirSync(vectors, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name: area }) => readdirSync(path.join(vectors, area)).filter((file) => file.endsWith('.txtar')).map((file) => [area, path.basename(file, '.txtar')]))
  .sort();
for (const [area, name] of cases) {
  if (!`${area}/${name}`.includes(filter)) continue;
  try {
    const kase = read(path.join(vectors, area, `${name}.txtar`));
    const transcript = run(kase);
    if (transcript) writeFileSync(path.join(transcripts, `${area}-${name}.bin`), transcript);
    for (const wire of kase.wires) writeFileSync(path.join(transcripts, `${area}-${name}.${wire}.bin`), walk(kase, wire));
    passed++;
  } catch (error) {
    failed++;
    console.error(`FAIL ${area}/${name}: ${error.code ? `${error.name}: ` : ''}${error.message}`);
  }
}
console.log(`vectors: ${passed} passed, ${failed} failed (node)`);
if (failed > 0 || passed === 0) process.exitCode = 1;

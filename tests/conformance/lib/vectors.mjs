// Journeys over the templates of tests/vectors: their data, changed at random places.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Template } from './binding.mjs';
import { isPlain, pointer } from './data.mjs';
import { functions } from './functions.mjs';

const root = fileURLToPath(new URL('../../vectors', import.meta.url));

/** The cases with a template and data: `{name, sources, options, first}`. */
export function readVectors() {
  const cases = [];
  for (const area of readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    const directory = path.join(root, area.name);
    for (const file of readdirSync(directory).filter((name) => name.endsWith('.txtar')).sort()) {
      const found = readCase(directory, file);
      if (found) cases.push({ name: `${area.name}/${file}`, ...found });
    }
  }
  return cases;
}

/** The states of a case of `tests/vectors/host-html`: the HTML of its host. */
export function hostStates(name) {
  const sections = sectionsOf(path.join(root, 'host-html', `${name}.txtar`));
  return sections.filter(({ heading }) => /^(html|update_html .*)$/.test(heading)).map(({ lines }) => lines.join('\n'));
}

/** The headings of a file, each with the lines below it. */
function sectionsOf(file) {
  const text = readFileSync(file, 'utf8');
  const sections = [];
  for (const line of text.split('\n')) {
    const heading = /^-- (.*) --$/.exec(line);
    if (heading) sections.push({ heading: heading[1], lines: [] });
    else sections.at(-1)?.lines.push(line);
  }
  // What is behind the last newline.
  sections.at(-1)?.lines.pop();
  return sections;
}

/** A case whose template can be rendered with its data; else null. */
function readCase(directory, file) {
  const sections = sectionsOf(path.join(directory, file));
  const sources = [];
  const options = {};
  let data = null;
  for (const { heading, lines } of sections) {
    const from = / < (\S+)$/.exec(heading);
    const content = from ? readFileSync(path.join(directory, from[1]), 'utf8') : lines.join('\n');
    if (heading.startsWith('template ')) sources.push([heading.slice(9).replace(/ < \S+$/, ''), content]);
    else if (heading === 'data' || heading.startsWith('data <')) data = content;
    else if (heading === 'options') {
      for (const line of lines) {
        const [name, ...values] = line.split(' ');
        if (name === 'numbers') options.numbers = values[0];
        if (name === 'missingkey') options.missingKey = values[0];
        if (name === 'delims') options.delims = values;
      }
    }
  }
  try {
    const first = JSON.parse(data, (_, value) => {
      if (value !== null && typeof value === 'object' && Object.keys(value).join() === '$time') return new Date(value.$time);
      // The engine gives -0 back as 0.
      return value === 0 ? 0 : value;
    });
    Template.fromSources(sources, { ...options, functions }).render(first);
    return { sources, options, first };
  } catch {
    return null;
  }
}

const TEXTS = ['', 'x', 'another text', 'a<b>&"c\'', '{{x}}', 'javascript:alert(1)', '</div>', '\u00e9\u{1f600}', '0', 'success', 'error'];

/** Operations that change data of any kind at one to three random places, mostly to what is alike. */
export function drawAnyChange(random, data, apply) {
  const ops = [];
  let now = data;
  for (let count = random.chance(0.6) ? 1 : 1 + random.below(3); count > 0; count--) {
    const made = changeAt(random, now, []);
    now = apply(now, made);
    ops.push(...made);
  }
  return ops;
}

function changeAt(random, value, parts) {
  const here = pointer(parts);
  const members = Array.isArray(value) ? [...value.keys()] : isPlain(value) ? Object.keys(value) : [];
  if (members.length > 0 && (parts.length === 0 || random.chance(0.7))) {
    const at = random.pick(members);
    return changeAt(random, value[at], [...parts, at]);
  }
  // All of the data is never another kind of thing.
  if (parts.length === 0) return [{ op: 'replace', path: '', value: isPlain(value) || Array.isArray(value) ? value : otherLeaf(random, value) }];
  const set = (next) => [{ op: 'replace', path: here, value: next }];
  if (random.chance(0.05)) return set(random.pick([null, 'x', 3, 2.5, true, [], {}, ['x'], { x: 1 }]));
  if (Array.isArray(value)) return changeAnyList(random, value, parts);
  if (isPlain(value)) {
    if (members.length === 0) return set({ x: 1 });
    const name = random.pick(members);
    return random.pick([
      () => [{ op: 'remove', path: pointer([...parts, name]) }],
      () => [{ op: 'add', path: pointer([...parts, random.pick(['new', 'zz', '10', name])]), value: otherLeaf(random, value[name]) }],
    ])();
  }
  return set(otherLeaf(random, value));
}

function changeAnyList(random, list, parts) {
  const at = (index) => pointer([...parts, index]);
  const any = () => random.below(list.length);
  if (list.length === 0) return [{ op: 'add', path: at('-'), value: 'x' }];
  return random.pick([
    () => [{ op: 'add', path: at(random.pick(['-', 0, any()])), value: other(random, random.pick(list)) }],
    () => [{ op: 'remove', path: at(any()) }],
    () => [{ op: 'move', from: at(any()), path: at(any()) }],
    () => [{ op: 'copy', from: at(any()), path: at(any()) }],
    () => [{ op: 'replace', path: pointer(parts), value: [...list].reverse() }],
    () => [{ op: 'replace', path: pointer(parts), value: [] }],
    () => [{ op: 'replace', path: pointer(parts), value: list.map((item) => (random.chance(0.3) ? other(random, item) : item)) }],
  ])();
}

/** A value of the same form with other leaves. */
function other(random, value) {
  if (Array.isArray(value)) return value.map((item) => other(random, item));
  if (isPlain(value)) return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, random.chance(0.5) ? other(random, inner) : inner]));
  return otherLeaf(random, value);
}

function otherLeaf(random, value) {
  switch (typeof value) {
    case 'string':
      return random.pick(TEXTS);
    case 'number':
      return Number.isInteger(value) ? random.below(100) : random.below(1000) / 8;
    case 'boolean':
      return !value;
    default:
      return value instanceof Date ? new Date(random.below(2 ** 31) * 1000) : random.pick(['x', 1, true, null]);
  }
}

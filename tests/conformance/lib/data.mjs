// Random data of a shape, and random changes of it as JSON Patch operations.
import { HTML, TrustedURL } from './binding.mjs';

const TEXTS = [
  '', 'x', 'a<b>&"c\'', '{{x}}', '{{', '}}', '{{}}', '<script>alert(1)</script>', 'javascript:alert(1)', '</div>', 'two words', '\u00e9\u{1f600}',
  'expression(1)', "'); f('", '-->', '[["a",1]]', '{"s":["",""]}', 'x y z', '<!-- lvt-targeted-skip:0 -->', 'null', '0',
];

/** Values that are no JSON, some with the text of another one. */
const TYPED = [
  () => new HTML('<b>x</b>'), () => '<b>x</b>', () => new HTML('x'), () => 'x', () => new TrustedURL('javascript:x'), () => 'javascript:x',
  () => new Date(0), () => new Date(1e12), () => '1970-01-01 00:00:00 +0000 UTC', () => 2n ** 60n, () => 5, () => 5.5, () => '5', () => 2n ** 63n, () => -0.5, () => 1e21,
  () => Number.NaN, () => Number.POSITIVE_INFINITY, () => Buffer.from('xy'), () => 'xy', () => true, () => 'true',
];

/** Trusted text, which closes what it opens. */
const MARKUP = ['', 'x', '<b>x</b>', '<i class="q">y</i> z', '<!-- c -->', '<img alt="1">', '<u id="">u</u>', ' '];

/** A host object: the page asks it when it is shown. */
export class Card {
  constructor(title, tags) {
    this.title = title;
    this.tags = tags;
  }
  label(prefix) {
    return `${prefix}${this.title}`;
  }
}

/** A value of the shape's fields. */
export function drawData(random, shape) {
  return Object.fromEntries(Object.entries(shape).map(([name, field]) => [name, drawField(random, field)]));
}

const MAP_KEYS = ['a', 'b', 'c', 'd', 'e', '9', '10', '-1', '007', 'B', '\u00e9'];
const INTEGER_KEYS = [0, 1, 2, 9, 10, -1, 100];

function drawField(random, field) {
  switch (field.kind) {
    case 'text':
      return drawText(random);
    case 'bool':
      return random.chance(0.5);
    case 'key':
      return drawKey(random, field.unique);
    case 'html':
      return new HTML(random.pick(MARKUP));
    case 'record':
      return !field.always && random.chance(0.3) ? null : drawData(random, field.of);
    case 'list':
      return drawRows(random, field);
    case 'texts':
      return Array.from({ length: field.big ? field.big + random.below(20) : random.below(4) }, () => drawText(random));
    case 'count':
      return random.below(4);
    case 'tree':
      return drawTree(random, random.style.deep ? 5 : 2);
    case 'object':
      return new Card(drawText(random), Array.from({ length: random.below(3) }, () => drawText(random)));
    case 'map': {
      const rows = drawRows(random, field);
      // (An empty one comes back as an object.)
      if (random.style.typed && rows.length > 0 && random.chance(0.6)) return new Map(rows.map((row) => [random.pick(INTEGER_KEYS), row]));
      return Object.fromEntries(rows.map((row) => [random.pick(MAP_KEYS), row]));
    }
    default:
      throw new Error(field.kind);
  }
}

function drawTree(random, depth) {
  const most = depth > 3 ? 3 : 4;
  const kids = depth === 0 ? [] : Array.from({ length: random.below(most) }, () => drawTree(random, depth - 1));
  distinct(random, kids, 'ID');
  return { ID: drawKey(random), T: drawText(random), Kids: kids };
}

function drawText(random) {
  if (random.style.typed && random.chance(0.6)) return random.pick(TYPED)();
  if (random.style.wild && random.chance(0.05)) return random.pick([[], ['x', 'y'], { x: 1 }, {}]);
  const kind = random.below(10);
  if (kind === 0) return random.below(100);
  if (kind === 1) return random.below(100) / 8;
  if (kind === 2) return null;
  if (kind === 3) return random.chance(0.5);
  return random.pick(TEXTS);
}

/** Keys that something between the data and the page could take for more than text. */
const ODD_KEYS = ['~1', '~', '~~1', 'k1~2', 'k1~3', '__proto__', 'constructor', 'length', '-', '0', '-1', 'a b', 'a"b\\', '<&>', '{{x}}', '\u00e9', '\u2028', 'null', -3, true, null, 1.5];

const UNIQUE_STARTS = ['', 'a b', '#', '"<&>', "'", '.x:', ',', '\u00e9\u{1f600}', '{{', '\\', '</i>', '-', '--', '[x]'];

function drawKey(random, unique) {
  // (Now and then with what a selector, a path or an attribute could take for its own.)
  if (unique) return `${random.chance(0.1) ? random.pick(UNIQUE_STARTS) : 'k'}${random.below(2 ** 31)}`;
  if (random.style.mixed && random.chance(0.4)) return random.pick(['', null]);
  if (random.style.browser && random.chance(0.1)) return random.below(2 ** 31);
  if (random.style.browser || (random.style.big && random.chance(0.98))) return `k${random.below(2 ** 31)}`;
  if (random.chance(0.05)) return '';
  if (random.chance(0.1)) return random.pick(ODD_KEYS);
  if (random.chance(0.1)) return random.below(6);
  return `k${random.below(9)}`;
}

function drawRows(random, field) {
  const { browser, wild } = random.style;
  if (field.big) return Array.from({ length: field.big + random.below(1 + field.big / 4) }, () => drawData(random, field.of));
  if (random.chance(0.25)) return [];
  // Now and then so many that naming all their keys costs more than sending the moved rows again.
  const most = !browser && random.chance(0.02) ? 100 : 5;
  const rows = Array.from({ length: random.below(most) }, () => drawData(random, field.of));
  // Mostly distinct keys: equal ones are the exception in life too.
  if (field.id && random.chance(0.9)) distinct(random, rows, field.id);
  return wild ? rows.map((row) => (random.chance(0.05) ? drawOddRow(random, field) : row)) : rows;
}

/** What is no row. */
function drawOddRow(random, field) {
  return random.pick([null, 'x', 5, [], {}, [drawData(random, field.of)]]);
}

function distinct(random, rows, id) {
  const seen = new Set();
  for (const row of rows) {
    while (seen.has(String(row[id]))) row[id] = `k${random.below(random.style.browser || random.style.elements ? 2 ** 31 : 40 + 4 * rows.length)}`;
    seen.add(String(row[id]));
  }
}

/** A JSON pointer. */
export const pointer = (path) => path.map((part) => `/${String(part).replace(/~/g, '~0').replace(/\//g, '~1')}`).join('');
/** Whether a value is an object without a class. */
export const isPlain = (value) => value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;

/** One to three random changes of `data`: the operations, and what they are about. `data` is not touched. */
export function drawChange(random, shape, data) {
  const ops = [];
  const tags = [];
  const count = random.chance(0.6) ? 1 : 1 + random.below(3);
  let now = data;
  for (let i = 0; i < count; i++) {
    const place = findPlace(random, shape, now, []);
    if (!place) break;
    const made = change(random, place, tags);
    now = applyOps(now, made);
    ops.push(...made);
  }
  return { ops, tags };
}

/** A field that can be changed: `{path, field, value}`; null where there is none. */
function findPlace(random, shape, value, path) {
  const names = Object.keys(shape);
  if (names.length === 0) return null;
  // Lists change in more ways than other fields do, and a long one is there to be changed.
  const long = names.find((name) => shape[name].big);
  const lists = names.filter((name) => shape[name].kind === 'list' || shape[name].big);
  const name = long && random.chance(0.75) ? long : random.pick(lists.length > 0 && random.chance(0.6) ? lists : names);
  const field = shape[name];
  const here = { path: [...path, name], field, value: value[name] };
  if (field.kind === 'record' && isPlain(here.value) && random.chance(0.7)) return findPlace(random, field.of, here.value, here.path) ?? here;
  if (field.kind === 'list' && Array.isArray(here.value) && here.value.length > 0 && random.chance(0.5)) {
    return inside(random, field, here.value, here.path, random.below(here.value.length)) ?? here;
  }
  if (field.kind === 'map' && isPlain(here.value) && Object.keys(here.value).length > 0 && random.chance(0.5)) {
    return inside(random, field, here.value, here.path, random.pick(Object.keys(here.value))) ?? here;
  }
  return here;
}

function inside(random, field, rows, path, at) {
  const here = [...path, at];
  if (!isPlain(rows[at])) return { path: here, field: { kind: 'row', of: field.of }, value: rows[at] };
  return findPlace(random, field.of, rows[at], here);
}

function change(random, place, tags) {
  const { path, field, value } = place;
  const set = (next) => [{ op: value === undefined ? 'add' : 'replace', path: pointer(path), value: next }];
  const { wild, browser } = random.style;
  if (field.kind === 'row') return set(drawData(random, field.of));
  if (field.kind === 'list') {
    if (!Array.isArray(value)) {
      tags.push('something else becomes a list');
      return set(drawField(random, field));
    }
    if (wild && random.chance(0.15)) {
      const odd = random.pick(['map', 'null', 'text', 'number', 'row', 'row', 'row']);
      if (odd !== 'row') tags.push(`a list becomes ${odd === 'null' ? 'null' : `a ${odd}`}`);
      if (odd === 'map') return set(Object.fromEntries(value.map((row) => [random.pick(MAP_KEYS), row])));
      if (odd === 'null') return set(null);
      if (odd === 'text') return set('x');
      if (odd === 'number') return set(random.below(4));
      if (value.length > 0) {
        tags.push('a row becomes something else');
        return [{ op: 'replace', path: pointer([...path, random.below(value.length)]), value: drawOddRow(random, field) }];
      }
    }
    return changeList(random, place, tags);
  }
  if (field.kind === 'map' && isPlain(value) && random.chance(0.7)) {
    const keys = Object.keys(value);
    tags.push('a map changes');
    if (keys.length > 0 && random.chance(0.5)) return [{ op: 'remove', path: pointer([...path, random.pick(keys)]) }];
    return [{ op: 'add', path: pointer([...path, random.pick(MAP_KEYS)]), value: drawData(random, field.of) }];
  }
  if (field.kind === 'texts' && Array.isArray(value) && value.length > 0 && random.chance(0.85)) {
    const at = random.below(value.length);
    const here = pointer([...path, at]);
    return random.pick([
      () => [{ op: 'remove', path: here }],
      () => [{ op: 'add', path: here, value: drawText(random) }],
      () => [{ op: 'replace', path: here, value: drawText(random) }],
      () => [{ op: 'move', from: here, path: pointer([...path, random.below(value.length)]) }],
      () => [{ op: 'copy', from: here, path: pointer([...path, random.below(value.length)]) }],
    ])();
  }
  if (field.kind === 'tree' && value?.Kids?.length > 0 && random.chance(0.85)) {
    const at = [...path, 'Kids', random.below(value.Kids.length)];
    const kid = value.Kids[at.at(-1)];
    const depth = 2 - path.filter((part) => part === 'Kids').length;
    if (random.chance(0.5)) return change(random, { path: at, field, value: kid }, tags);
    tags.push('a tree changes');
    return random.pick([
      [{ op: 'remove', path: pointer(at) }],
      [{ op: 'add', path: pointer(at), value: drawTree(random, Math.max(0, depth - 1)) }],
      [{ op: 'move', from: pointer(at), path: pointer([...path, 'Kids', random.below(value.Kids.length)]) }],
      [{ op: 'replace', path: pointer([...at, 'T']), value: drawText(random) }],
      [{ op: 'replace', path: pointer([...at, 'ID']), value: drawKey(random) }],
      // A kid goes to where its brother's kids are. (The client's morph throws when an element with a key goes into another one with a key.)
      !browser && at.at(-1) > 0 ? [{ op: 'move', from: pointer(at), path: pointer([...path, 'Kids', at.at(-1) - 1, 'Kids', 0]) }] : [{ op: 'remove', path: pointer(at) }],
    ]);
  }
  if (field.kind === 'bool') return set(!value);
  if (field.kind === 'text' && !browser && value !== undefined && random.chance(0.05)) {
    tags.push('a field goes');
    return [{ op: 'remove', path: pointer(path) }];
  }
  if (field.kind === 'record' && (value === null) !== (random.chance(0.5))) tags.push('a record comes or goes');
  const next = drawField(random, field);
  if (typeof next !== typeof value) tags.push('a value changes type');
  return set(next);
}

/** How a list can change; the number says how often. */
export const LIST_CHANGES = {
  append: 2, prepend: 2, insert: 2, 'insert a run': 1, 'insert at both ends': 1, remove: 2, 'remove a run': 2, 'remove at both ends': 1,
  move: 2, 'move a block': 1, 'move and edit': 2, swap: 2, 'swap and edit': 1, reverse: 1, sort: 1, clear: 1, 'replace all': 1, 'edit some': 2, 'edit every tenth': 1,
  'edit and insert': 1, 'a key comes again elsewhere': 1, 'a key is renamed': 1, 'keys are swapped': 1, 'a key is repeated': 1, 'a key looks made up': 2, 'a row is copied': 1, 'equal rows': 1,
};
/** Changes that leave most of a long list as it is. */
export const SMALL_CHANGES = new Set(['append', 'prepend', 'insert', 'insert a run', 'insert at both ends', 'remove', 'remove a run', 'remove at both ends', 'move', 'move a block',
  'move and edit', 'swap', 'swap and edit', 'edit and insert', 'a key comes again elsewhere', 'a key is renamed', 'keys are swapped', 'a key is repeated', 'a key looks made up', 'a row is copied']);

function changeList(random, { path, field, value }, tags) {
  const { browser } = random.style;
  const unique = browser || JSON.stringify(field.of).includes('"unique":true');
  const length = value.length;
  const row = () => drawData(random, field.of);
  const at = (index) => pointer([...path, index]);
  const any = () => random.below(length);
  const set = (next) => [{ op: 'replace', path: pointer(path), value: next }];
  const add = (index, value) => ({ op: 'add', path: at(index), value });
  const remove = (index) => ({ op: 'remove', path: at(index) });
  const put = (index, value) => ({ op: 'replace', path: at(index), value });
  const edited = (old) => (isPlain(old) ? { ...old, ...drawData(random, withoutKey(random, field)) } : old);
  const edit = (index) => put(index, edited(value[index]));
  let kind = length === 0 ? random.pick(['append', 'insert a run', 'replace all']) : random.weighted(LIST_CHANGES);
  // Long lists are for what changes little in them.
  if (length > 30 && !SMALL_CHANGES.has(kind) && random.chance(0.75)) kind = random.pick([...SMALL_CHANGES]);
  // One half of it alone is nothing.
  const made = field.id ? value.findIndex((row) => /~2$/.test(row?.[field.id])) : -1;
  if (made >= 0 && random.chance(0.3)) kind = 'a key looks made up';
  if (unique && ['a key is repeated', 'a key looks made up', 'a row is copied'].includes(kind)) kind = 'swap';
  const keyOf = (index) => (isPlain(value[index]) ? value[index][field.id] : undefined) ?? drawKey(random);
  const keyed = field.id && length > 1 && isPlain(value[0]) && isPlain(value[1]);
  if (!keyed && ['a key comes again elsewhere', 'a key is renamed', 'keys are swapped', 'a key is repeated', 'a key looks made up'].includes(kind)) kind = 'edit some';
  tags.push(length > 30 ? `${kind} (long list)` : kind);
  const run = 1 + random.below(Math.max(1, Math.min(length - 1, random.chance(0.2) ? length - 1 : 6)));
  const start = random.below(Math.max(1, length - run + 1));
  switch (kind) {
    case 'append':
      return [add('-', row())];
    case 'prepend':
      return [add(0, row())];
    case 'insert':
      return [add(random.below(length + 1), row())];
    case 'insert a run': {
      const index = random.below(length + 1);
      return Array.from({ length: 2 + random.below(5) }, () => add(index, row()));
    }
    case 'insert at both ends':
      return [add(0, row()), add('-', row())];
    case 'remove':
      return [remove(any())];
    case 'remove a run':
      return Array.from({ length: Math.min(run, length) }, () => remove(start));
    case 'remove at both ends':
      return length > 1 ? [remove(length - 1), remove(0)] : [remove(0)];
    case 'move':
      return [{ op: 'move', from: at(any()), path: at(any()) }];
    case 'move a block': {
      // Row by row to one place before or behind the block.
      const to = random.below(length);
      const back = to < start;
      const count = Math.min(run, 8, length);
      return Array.from({ length: count }, (_, i) => ({ op: 'move', from: at(back ? Math.min(start + i, length - 1) : start), path: at(back ? to + i : to) }));
    }
    case 'move and edit': {
      const from = any();
      return [edit(from), { op: 'move', from: at(from), path: at(any()) }];
    }
    case 'swap': {
      const [a, b] = [any(), any()];
      return [put(a, value[b]), put(b, value[a])];
    }
    case 'swap and edit': {
      const [a, b] = [any(), any()];
      return [put(a, edited(value[b])), put(b, random.chance(0.5) ? edited(value[a]) : value[a])];
    }
    case 'reverse':
      return set([...value].reverse());
    case 'sort': {
      const by = (row) => String(row?.[field.id ?? Object.keys(field.of)[0]]);
      return set([...value].sort((a, b) => (by(a) < by(b) ? -1 : 1)));
    }
    case 'clear':
      return set([]);
    case 'replace all':
      return set(drawField(random, field));
    case 'edit some': {
      const share = random.next();
      return set(value.map((old) => (random.chance(share) ? edited(old) : old)).filter(() => !random.chance(share / 4)));
    }
    case 'edit every tenth':
      return value.flatMap((_, index) => (index % 10 === 0 ? [edit(index)] : []));
    case 'edit and insert':
      return [edit(any()), edit(any()), add(any(), row())];
    case 'a key comes again elsewhere': {
      const from = any();
      return [remove(from), add(random.below(length), { ...row(), [field.id]: keyOf(from) })];
    }
    case 'a key is renamed': {
      const index = any();
      return [put(index, { ...value[index], [field.id]: row()[field.id] })];
    }
    case 'keys are swapped': {
      const [a, b] = [any(), any()];
      return [put(a, { ...value[a], [field.id]: keyOf(b) }), put(b, { ...value[b], [field.id]: keyOf(a) })];
    }
    case 'a key is repeated': {
      const index = any();
      return [put(index, { ...value[index], [field.id]: keyOf(any()) })];
    }
    case 'a key looks made up': {
      // First as the page writes a repeated key, then really repeated: the page gives it the same id.
      const index = made < 0 ? 1 + random.below(length - 1) : made;
      if (!isPlain(value[index])) return [edit(index)];
      return [put(index, { ...value[index], [field.id]: made < 0 ? `${keyOf(random.below(index))}~2` : value[index][field.id].slice(0, -2) })];
    }
    case 'a row is copied':
      return [{ op: 'copy', from: at(any()), path: at(any()) }];
    case 'equal rows':
      return set(clone(value));
    default:
      throw new Error(kind);
  }
}

/** The shape of one field of a row or of all of them, the key aside. */
function withoutKey(random, { of, id }) {
  const names = Object.keys(of).filter((name) => name !== id);
  const some = names.length > 1 && random.chance(0.6) ? [random.pick(names)] : names;
  return Object.fromEntries(some.map((name) => [name, of[name]]));
}

/** A copy that shares no list and no map. */
export function clone(value) {
  if (Array.isArray(value)) return value.map(clone);
  if (isPlain(value)) return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, clone(inner)]));
  return value;
}

/** The data after the operations (`add`, `remove`, `replace`, `move`, `copy` with paths that exist); parts are shared. */
export function applyOps(data, ops) {
  const parts = (path) => path.split('/').slice(1).map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'));
  const get = (value, path) => parts(path).reduce((inner, part) => inner[part], value);
  /** `value` with what stands at the path changed in a copy of its parent. */
  const at = (value, [part, ...rest], how) => {
    const copy = Array.isArray(value) ? [...value] : { ...value };
    if (rest.length > 0) own(copy, part, at(value[part], rest, how));
    else how(copy, part);
    return copy;
  };
  const own = (copy, part, value) => Object.defineProperty(copy, part, { value, writable: true, enumerable: true, configurable: true });
  const remove = (value, path) => at(value, parts(path), (copy, part) => (Array.isArray(copy) ? copy.splice(Number(part), 1) : delete copy[part]));
  const add = (value, path, added) =>
    at(value, parts(path), (copy, part) => (Array.isArray(copy) ? copy.splice(part === '-' ? copy.length : Number(part), 0, added) : own(copy, part, added)));
  let now = data;
  for (const { op, path, from, value } of ops) {
    if (path === '') now = value;
    else if (op === 'add') now = add(now, path, value);
    else if (op === 'remove') now = remove(now, path);
    else if (op === 'copy') now = add(now, path, get(now, from));
    else if (op === 'move') {
      const moved = get(now, from);
      now = add(remove(now, from), path, moved);
    } else now = at(now, parts(path), (copy, part) => own(copy, part, value));
  }
  return now;
}

/** A merge patch (RFC 7396) from one value to another; undefined where there is none, because null means to remove. */
export function mergePatch(from, to) {
  if (!isPlain(from) || !isPlain(to)) return holdsNull(to) ? undefined : to;
  const patch = {};
  for (const name of Object.keys(from)) if (!(name in to)) patch[name] = null;
  for (const [name, value] of Object.entries(to)) {
    if (value === from[name]) continue;
    if (from[name] instanceof Map) return undefined;
    const inner = isPlain(from[name]) && isPlain(value) ? mergePatch(from[name], value) : holdsNull(value) ? undefined : value;
    if (inner === undefined) return undefined;
    patch[name] = inner;
  }
  return patch;
}

/** Whether a merge patch with this value would not put it there: with a null outside of lists, or a map, which is merged. */
function holdsNull(value) {
  return value === null || value === undefined || value instanceof Map || (isPlain(value) && Object.values(value).some(holdsNull));
}

/** Data as text for messages. */
export function show(value) {
  const text = JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `${inner}n` : inner)) ?? String(value);
  return text.length < 3000 ? text : `${text.slice(0, 3000)}…`;
}

/** Whether JSON text can say it, times as tags. */
export function isJson(value) {
  if (Array.isArray(value)) return value.every(isJson);
  if (isPlain(value)) return Object.values(value).every(isJson);
  return value === null || ['boolean', 'string'].includes(typeof value) || Number.isFinite(value) || value instanceof Date;
}

/** Ways to write the same JSON. */
export const SPELLINGS = ['usual', 'usual', 'spaced', 'reversed', 'escaped', 'repeated'];

/** A value as JSON text; a time is a tag. */
export function spell(value, spelling) {
  const space = spelling === 'spaced' ? ' \n\t' : '';
  if (typeof value === 'string' && spelling === 'escaped') {
    return `"${Array.from({ length: value.length }, (_, at) => `\\u${value.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`;
  }
  if (typeof value === 'number' && !Number.isInteger(value)) {
    if (spelling === 'escaped') return value.toExponential();
    if (spelling === 'spaced' && /^-?\d+\.\d+$/.test(value)) return `${value}000`;
  }
  const inner = (value) => space + spell(value, spelling) + space;
  if (Array.isArray(value)) return `[${value.map(inner).join(',') || space}]`;
  if (value instanceof Date) return `{${inner('$time')}:${inner(value.toISOString())}}`;
  if (!isPlain(value)) return JSON.stringify(value ?? null);
  const members = Object.entries(value).filter(([, member]) => member !== undefined).map(([name, member]) => `${inner(name)}:${inner(member)}`);
  if (spelling === 'reversed') members.reverse();
  // Of repeated names the last counts.
  if (spelling === 'repeated') members.unshift(...Object.keys(value).slice(0, 1).map((name) => `${inner(name)}:[{}]`));
  return `{${members.join(',') || space}}`;
}

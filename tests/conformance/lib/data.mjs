// Random data of a shape, and random changes of it as JSON Patch operations.

const TEXTS = [
  '', 'x', 'a<b>&"c\'', '{{x}}', '{{', '}}', '{{}}', '<script>alert(1)</script>', 'javascript:alert(1)', '</div>', 'two words', '\u00e9\u{1f600}',
  'expression(1)', "'); f('", '-->', '[["a",1]]', '{"s":["",""]}', 'x y z', '<!-- lvt-targeted-skip:0 -->', 'null', '0',
];

/** A value of the shape's fields. */
export function drawData(random, shape) {
  return Object.fromEntries(Object.entries(shape).map(([name, field]) => [name, drawField(random, field)]));
}

function drawField(random, field) {
  switch (field.kind) {
    case 'text':
      return drawText(random);
    case 'bool':
      return random.chance(0.5);
    case 'key':
      return drawKey(random);
    case 'record':
      return !field.always && random.chance(0.3) ? null : drawData(random, field.of);
    case 'list':
      return drawRows(random, field);
    case 'texts':
      return Array.from({ length: random.below(4) }, () => drawText(random));
    case 'count':
      return random.below(4);
    case 'tree':
      return drawTree(random, 2);
    case 'map':
      return Object.fromEntries(drawRows(random, field).map((row) => [random.pick(['a', 'b', 'c', 'd', 'e', '9', '10']), row]));
    default:
      throw new Error(field.kind);
  }
}

function drawTree(random, depth) {
  const kids = depth === 0 ? [] : Array.from({ length: random.below(4) }, () => drawTree(random, depth - 1));
  distinct(random, kids, 'ID');
  return { ID: drawKey(random), T: drawText(random), Kids: kids };
}

function drawText(random) {
  const kind = random.below(10);
  if (kind === 0) return random.below(100);
  if (kind === 1) return random.below(100) / 8;
  if (kind === 2) return null;
  if (kind === 3) return random.chance(0.5);
  return random.pick(TEXTS);
}

/** Keys that something between the data and the page could take for more than text. */
const ODD_KEYS = ['~1', '~', 'k1~2', '__proto__', 'constructor', 'length', '-', '0', '-1', 'a b', 'a"b\\', '<&>', '{{x}}', '\u00e9', '\u2028', 'null', -3, true, null, 1.5];

function drawKey(random) {
  if (random.browser) return `k${random.below(2 ** 31)}`;
  if (random.chance(0.05)) return '';
  if (random.chance(0.1)) return random.pick(ODD_KEYS);
  if (random.chance(0.1)) return random.below(6);
  return `k${random.below(9)}`;
}

function drawRows(random, field) {
  if (random.chance(0.25)) return [];
  // Now and then so many that naming all their keys costs more than sending the moved rows again.
  const most = !random.browser && random.chance(0.02) ? 100 : 5;
  const rows = Array.from({ length: random.below(most) }, () => drawData(random, field.of));
  // Mostly distinct keys: equal ones are the exception in life too.
  if (field.id && random.chance(0.9)) distinct(random, rows, field.id);
  return rows;
}

function distinct(random, rows, id) {
  const seen = new Set();
  for (const row of rows) {
    while (seen.has(String(row[id]))) row[id] = `k${random.below(random.browser ? 2 ** 31 : 40 + 4 * rows.length)}`;
    seen.add(String(row[id]));
  }
}

const pointer = (path) => path.map((part) => `/${String(part).replace(/~/g, '~0').replace(/\//g, '~1')}`).join('');

/** One to three random changes of `data`: the operations. `data` is not touched. */
export function drawChange(random, shape, data) {
  const ops = [];
  const count = random.chance(0.6) ? 1 : 1 + random.below(3);
  let now = data;
  for (let i = 0; i < count; i++) {
    const places = [];
    collect(shape, now, [], places);
    if (places.length === 0) break;
    const made = change(random, random.pick(places));
    now = applyOps(now, made);
    ops.push(...made);
  }
  return ops;
}

/** Every field that can be changed: `{path, field, value}`. */
function collect(shape, value, path, places) {
  for (const [name, field] of Object.entries(shape)) {
    const here = [...path, name];
    const now = value[name];
    places.push({ path: here, field, value: now });
    if (field.kind === 'record' && now) collect(field.of, now, here, places);
    if (field.kind === 'list') {
      // Lists change in more ways than other fields do.
      places.push({ path: here, field, value: now });
      now.forEach((row, index) => collect(field.of, row, [...here, index], places));
    }
    if (field.kind === 'map') for (const [key, row] of Object.entries(now)) collect(field.of, row, [...here, key], places);
  }
}

/** The rows with two of them in each other's place. */
function swapped(random, rows) {
  const next = [...rows];
  const [a, b] = [random.below(rows.length), random.below(rows.length)];
  [next[a], next[b]] = [next[b], next[a]];
  return next;
}

function change(random, { path, field, value }) {
  const replace = (next) => [{ op: 'replace', path: pointer(path), value: next }];
  if (field.kind === 'list') {
    const row = () => drawData(random, field.of);
    const at = (index) => pointer([...path, index]);
    const any = () => random.below(value.length);
    switch (random.below(value.length > 0 ? 9 : 2)) {
      case 0:
        return [{ op: 'add', path: at('-'), value: row() }];
      case 1:
        return [{ op: 'add', path: at(0), value: row() }];
      case 2:
        return [{ op: 'add', path: at(random.below(value.length + 1)), value: row() }];
      case 3:
        return [{ op: 'remove', path: at(any()) }];
      case 4:
        return [{ op: 'move', from: at(any()), path: at(any()) }];
      case 5:
        return replace(random.chance(0.5) ? [...value].reverse() : swapped(random, value));
      case 6:
        return replace([]);
      case 7:
        return replace(value.map((old) => (random.chance(0.3) ? { ...old, ...drawData(random, field.of) } : old)).filter(() => random.chance(0.8)));
      default:
        return replace(drawField(random, field));
    }
  }
  if (field.kind === 'map' && random.chance(0.7)) {
    const keys = Object.keys(value);
    if (keys.length > 0 && random.chance(0.5)) return [{ op: 'remove', path: pointer([...path, random.pick(keys)]) }];
    return [{ op: 'add', path: pointer([...path, random.pick(['a', 'b', 'c', 'd', 'e', '9', '10'])]), value: drawData(random, field.of) }];
  }
  if (field.kind === 'texts' && value.length > 0 && random.chance(0.7)) {
    const at = pointer([...path, random.below(value.length)]);
    return [random.pick([{ op: 'remove', path: at }, { op: 'add', path: at, value: drawText(random) }, { op: 'replace', path: at, value: drawText(random) }])];
  }
  if (field.kind === 'tree' && value.Kids.length > 0 && random.chance(0.8)) {
    const at = [...path, 'Kids', random.below(value.Kids.length)];
    const depth = 2 - path.filter((part) => part === 'Kids').length;
    if (random.chance(0.4)) return change(random, { path: at, field, value: value.Kids[at.at(-1)] });
    return [random.pick([
      { op: 'remove', path: pointer(at) },
      { op: 'add', path: pointer(at), value: drawTree(random, Math.max(0, depth - 1)) },
      { op: 'move', from: pointer(at), path: pointer([...path, 'Kids', random.below(value.Kids.length)]) },
    ])];
  }
  if (field.kind === 'bool') return replace(!value);
  return replace(drawField(random, field));
}

/** The data after the operations (`add`, `remove`, `replace`, `move` with paths that exist). */
export function applyOps(data, ops) {
  const next = structuredClone(data);
  const find = (path) => {
    const parts = path.split('/').slice(1).map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'));
    const last = parts.pop();
    return { parent: parts.reduce((value, part) => value[part], next), last };
  };
  const take = (path) => {
    const { parent, last } = find(path);
    if (Array.isArray(parent)) return parent.splice(Number(last), 1)[0];
    const value = parent[last];
    delete parent[last];
    return value;
  };
  const put = (path, value) => {
    const { parent, last } = find(path);
    if (Array.isArray(parent)) parent.splice(last === '-' ? parent.length : Number(last), 0, value);
    else parent[last] = value;
  };
  for (const { op, path, from, value } of ops) {
    if (op === 'add') put(path, structuredClone(value));
    else if (op === 'remove') take(path);
    else if (op === 'move') put(path, take(from));
    else {
      const { parent, last } = find(path);
      parent[last] = structuredClone(value);
    }
  }
  return next;
}

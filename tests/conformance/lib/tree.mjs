// Trees of the client: comparing two, and what an update does to one.

const isNode = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
const isOps = (value) => Array.isArray(value) && Array.isArray(value[0]) && typeof value[0][0] === 'string';
const isRange = (value) => isNode(value) && Array.isArray(value.d) && Array.isArray(value.s);
const slots = (node) => Object.keys(node).filter((key) => /^\d+$/.test(key));

/** Where two trees show something else or have rows with other keys; null when they do not. */
export function sameTree(a, b, path) {
  if (isRange(a) && isRange(b)) {
    if (a.d.length !== b.d.length) return `${path} has ${a.d.length} rows, not ${b.d.length}`;
    if (a.d.length === 0) return sameTree(a.else ?? '', b.else ?? '', `${path}.else`);
    if (JSON.stringify(a.s) !== JSON.stringify(b.s)) return `${path}.s`;
    for (let row = 0; row < a.d.length; row++) {
      const [x, y] = [a.d[row], b.d[row]];
      if (x._k !== y._k) return `${path}.d.${row} has the key ${JSON.stringify(x._k)}, not ${JSON.stringify(y._k)}`;
      const other = sameSlots(x, y, a.s.length - 1, `${path}.d.${row}`);
      if (other) return other;
    }
    return null;
  }
  if (isNode(a) && isNode(b) && Array.isArray(a.s) && Array.isArray(b.s)) {
    if (isRange(a) !== isRange(b)) return `${path} is a range in one`;
    if (JSON.stringify(a.s) !== JSON.stringify(b.s)) return `${path}.s`;
    return sameSlots(a, b, a.s.length - 1, path);
  }
  return JSON.stringify(a) === JSON.stringify(b) ? null : `${path} is ${JSON.stringify(a)?.slice(0, 200)}, not ${JSON.stringify(b)?.slice(0, 200)}`;
}

function sameSlots(a, b, count, path) {
  for (let slot = 0; slot < count; slot++) {
    const other = sameTree(a[slot] ?? '', b[slot] ?? '', `${path}.${slot}`);
    if (other) return other;
  }
  return null;
}

/** How many dynamics a tree has. */
export function treeSize(value) {
  if (!isNode(value)) return 0;
  let size = 0;
  for (const key of slots(value)) size += 1 + treeSize(value[key]);
  if (Array.isArray(value.d)) for (const row of value.d) size += treeSize(row);
  if (value.else) size += treeSize(value.else);
  return size;
}

/** Tells `count` what the update does to the client's tree. */
export function countUpdate(update, state, count) {
  const walk = (value, old, inRow) => {
    if (isOps(value)) {
      const keys = new Set();
      const kinds = new Set(value.map(([op]) => op));
      for (const [op, key, third] of value) {
        count({ r: 'op: remove', u: 'op: update', a: 'op: append', p: 'op: prepend', i: 'op: insert', o: 'op: reorder' }[op] ?? `op: ${op}`);
        if (op === 'r') keys.add(key);
        for (const item of op === 'i' ? [third].flat() : op === 'a' || op === 'p' ? [key].flat() : []) if (keys.has(item._k)) count('a row removed and sent again');
        if (op === 'u') {
          const row = isRange(old) ? old.d.find(({ _k }) => _k === key) : undefined;
          for (const slot of slots(third)) walk(third[slot], row?.[slot], true);
        }
      }
      if (kinds.has('o') && kinds.has('u')) count('moves with edits');
      if (inRow) count('operations in a row');
      if (isRange(old) && old.d.length > 30) count('operations on a long list');
      return;
    }
    if (isNode(value)) {
      if (Array.isArray(value.s)) count(isNode(old) || old ? 'a part replaced' : 'a part comes');
      else if (Array.isArray(value.d)) {
        if (value.d.length === 0) count('a range emptied');
        else count(isRange(old) && old.d.length > 0 ? 'a range filled again' : 'an empty range filled');
        if (value.else) count('an else part comes');
        return;
      } else if ('else' in value) count('an else part changes');
      for (const key of [...slots(value), 'else']) if (key in value && !Array.isArray(value.s)) walk(value[key], old?.[key], inRow);
      return;
    }
    if (isNode(old) && Array.isArray(old.s)) count('a part goes');
    else count('a text changes');
  };
  for (const key of slots(update)) walk(update[key], state[key], false);
}

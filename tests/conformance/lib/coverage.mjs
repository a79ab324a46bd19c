// How often what occurred, and how often it must in a long run.
import { LIST_CHANGES, SMALL_CHANGES } from './data.mjs';

const each = (names, floor) => Object.fromEntries(names.map((name) => [name, floor]));
const list = Object.keys(LIST_CHANGES);

/** Ways to lead a page to new data; the number says how often one is taken. */
export const WAYS = { update: 4, 'update copy': 2, 'update json': 2, patch: 6, 'patch json': 2, 'one by one': 1, merge: 1, set: 1, 'set and update': 1, 'failing test': 1, again: 1, 'there and back': 1 };

const ROWS = ['plain', 'keyed', 'text', 'two-roots', 'inner-key', 'branch-root', 'slot-only', 'called', 'called-root', 'index-key'].map((row) => `template: rows: ${row}`);
const FORMS = ['range', 'range in a range', 'range with else', 'else', 'if', 'else-if', 'with', 'chain', 'call', 'tree', 'declare', 'read', 'test-variable', 'if-declare', 'index variable',
  'reread', 'predefined', 'function', 'outer', 'rows beside others', 'rows at the top', 'container with a slot', 'data-key in a range at the top'].map((form) => `template: ${form}`);
const LEAVES = ['break', 'continue', 'assign', 'volatile', 'object'].map((form) => `template: ${form}`);
const OPERATIONS = ['remove', 'update', 'append', 'prepend', 'insert', 'reorder'].map((op) => `op: ${op}`);

/** The least number of times in 100,000 steps. */
const FLOORS = {
  ...each(Object.keys(WAYS).map((way) => `way: ${way}`), 2000),
  ...each(list.map((kind) => `change: ${kind}`), 100),
  ...each([...SMALL_CHANGES].map((kind) => `change: ${kind} (long list)`), 50),
  ...each(list.filter((kind) => !SMALL_CHANGES.has(kind)).map((kind) => `change: ${kind} (long list)`), 10),
  ...each(['a map', 'a number', 'a text', 'null'].map((what) => `change: a list becomes ${what}`), 20),
  ...each(['change: something else becomes a list', 'change: a row becomes something else', 'change: a value changes type', 'change: a field goes', 'change: a record comes or goes', 'change: a tree changes', 'change: a map changes'], 100),
  ...each([...ROWS, ...FORMS], 2000),
  ...each(LEAVES, 1000),
  ...each([...OPERATIONS, 'operations in a row', 'operations on a long list'], 300),
  ...each(['moves with edits', 'a row removed and sent again', 'a range emptied', 'an empty range filled', 'a range filled again', 'an else part comes', 'an else part changes', 'a part comes', 'a part goes', 'a part replaced'], 200),
  ...each(['style: big', 'style: decided', 'style: typed', 'style: objects', 'style: functions', 'style: wild', 'style: mixed', 'style: deep'], 2000),
  'style: very big': 500,
  error: 300,
  'error, then good': 200,
  limit: 50,
  'an empty update': 5000,
  'little of a long page evaluated': 1000,
};

/** The least number of times in 5,000 steps in the DOM. */
const DOM_FLOORS = {
  ...each([...ROWS, ...FORMS], 40),
  ...each(['template: break', 'template: continue', 'template: assign'], 40),
  ...each([...OPERATIONS, 'operations in a row', 'operations on a long list', 'a range emptied', 'an empty range filled', 'a part comes', 'a part goes', 'a part replaced'], 30),
  ...each(['moves with edits', 'an else part comes'], 10),
  'little of a long page evaluated': 40,
};

const ELEMENTS = ['literal id', 'id from data', 'rows: by id', 'rows with white space', 'a slot in a row\u2019s start tag', 'rows of a table', 'no <body>', 'select', 'svg', 'input', 'style', 'raw',
  'trusted', 'paragraph', 'keyed-part', 'tag', 'misplaced', 'call', 'tree', 'range in a range', 'range with else', 'if', 'else', 'switch-attribute', 'attribute'].map((form) => `template: ${form}`);

/** The least number of times in 20,000 steps in a page that has the client of a format. */
const PAGE_FLOORS = {
  ...each(Object.keys(WAYS).map((way) => `way: ${way}`), 400),
  ...each(list.filter((kind) => !/key|copied/.test(kind)).map((kind) => `change: ${kind}`), 15),
  ...each([...ROWS, ...ELEMENTS], 150),
  ...each(['resync', 'an empty update', 'style: big', 'style: messy', 'style: typed', 'style: mixed', 'style: wild'], 400),
};
/** Only where the engine has the template, and only where the host has. */
const ENGINE_FLOORS = { 'error, then good': 40 };
const HOST_FLOORS = { error: 100 };

/** The elements that messages name. */
const NAMED = {
  ...each(['li', 'tr', 'tbody', 'ul', 'div', 'span', 'i', 'p', 'svg', 'select', 'style', 'script', 'textarea'].map((name) => `element: ${name}`), 25),
  ...each(['pre', 'input', 'option'].map((name) => `element: ${name}`), 5),
  'id: made': 400,
};
const BY_ID = { ...NAMED, 'id: own': 400 };
/** What messages do in a format. */
const MESSAGES = {
  tree: {},
  turbo: { ...BY_ID, 'action: replace': 2000, 'action: update': 5000, 'action: remove': 400, 'action: before': 50, 'action: after': 400 },
  htmx: { ...BY_ID, 'action: true': 2000, 'action: outerHTML': 50, 'action: innerHTML': 500, 'action: delete': 400, 'action: beforebegin': 50, 'action: afterend': 400 },
  operations: { ...BY_ID, 'action: replace': 1500, 'action: insertBefore': 100, 'action: insertAfter': 400, 'action: remove': 400, 'action: update': 200, handshake: 300 },
  patches: { ...NAMED, 'action: replace': 2000, 'action: value_updates': 500 },
  fragments: { ...NAMED, 'action: replacement replace': 2000, 'action: markers update': 200, 'action: static_dynamic update': 200, 'action: granular insert': 100, 'action: granular remove': 100 },
};

/** Lines of counts by name. */
export function report(counts) {
  return Object.keys(counts)
    .sort()
    .map((name) => `${String(counts[name]).padStart(9)}  ${name}`)
    .join('\n');
}

/** What came up too rarely for the number of steps; nothing in a short run, which chance rules. With `wire` the run was in pages with the client of that format. */
export function belowFloor(counts, { wire, host } = {}) {
  const dom = counts['steps (dom)'] ?? 0;
  const below = (floors, prefix, made, of) =>
    Object.entries(made < of / 2 ? {} : floors)
      .map(([name, floor]) => ({ name: prefix + name, count: counts[prefix + name] ?? 0, floor: (floor * made) / of }))
      .filter(({ count, floor }) => count < floor)
      .map(({ name, count, floor }) => `${name}: ${count} times, not ${Math.ceil(floor)}`);
  if (wire) return below({ ...PAGE_FLOORS, ...(host ? HOST_FLOORS : ENGINE_FLOORS), ...MESSAGES[wire] }, '', counts.steps ?? 0, 20_000);
  return [...below(FLOORS, '', (counts.steps ?? 0) - dom, 100_000), ...below(DOM_FLOORS, 'dom: ', dom, 5000)];
}

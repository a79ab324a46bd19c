// What an update sends again although the browser has it: rows that neither changed nor moved, and long static text.
import { newRenderer } from './client.mjs';

const isOps = (value) => Array.isArray(value) && Array.isArray(value[0]) && typeof value[0][0] === 'string';
const isRange = (value) => isNode(value) && Array.isArray(value.d) && Array.isArray(value.s);
const isNode = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
const slots = (node) => Object.keys(node).filter((key) => /^\d+$/.test(key));

/** The rows of a range by key, with their order and HTML. */
function rowsOf(range) {
  const renderer = newRenderer();
  const rows = new Map();
  if (!isRange(range)) return rows;
  range.d.forEach((item, index) => rows.set(item._k, { index, item, html: renderer.renderRangeItem(item, index, range.s, '') }));
  return rows;
}

/** Whether the row of that key stands differently to some other row that was there before too. */
function moved(key, before, after) {
  for (const other of before.keys()) {
    if (other === key || !after.has(other)) continue;
    if (before.get(key).index < before.get(other).index !== after.get(key).index < after.get(other).index) return true;
  }
  return false;
}

/**
 * Complaints about the update, given the client's state before and after it. Long static text is text of more than 40
 * characters in one piece.
 */
export function resent(update, before, after) {
  const complaints = [];

  const statics = (node, old, path) => {
    if (!Array.isArray(node.s) || !isNode(old) || JSON.stringify(node.s) !== JSON.stringify(old.s)) return;
    const long = node.s.find((piece) => piece.length > 40);
    if (long !== undefined) complaints.push(`${path}: static text sent again: ${JSON.stringify(long.slice(0, 60))}`);
  };

  const rows = (items, oldRange, newRange, path) => {
    const old = rowsOf(oldRange);
    const now = rowsOf(newRange);
    for (const item of items) {
      const was = old.get(item._k);
      if (was && now.has(item._k) && was.html === now.get(item._k).html && !moved(item._k, old, now)) {
        complaints.push(`${path}: row ${JSON.stringify(item._k)} sent again, neither changed nor moved`);
      }
    }
  };

  const walk = (value, old, now, path) => {
    if (isOps(value)) {
      for (const [op, first, second] of value) {
        const where = `${path} ${op}`;
        if (op === 'a' || op === 'p') rows([first].flat(), old, now, where);
        if (op === 'i') rows([second].flat(), old, now, where);
        if (op === 'u') {
          rows([{ _k: first }], old, now, where);
          const item = rowsOf(old).get(first)?.item;
          for (const key of slots(second ?? {})) walk(second[key], item?.[key], rowsOf(now).get(first)?.item[key], `${where} ${first}.${key}`);
        }
      }
    } else if (isNode(value)) {
      statics(value, old, path);
      if (Array.isArray(value.d)) rows(value.d, old, now, `${path}.d`);
      for (const key of [...slots(value), 'else']) {
        if (key in value) walk(value[key], old?.[key], now?.[key], `${path}.${key}`);
      }
    }
  };

  walk(update, before, after, 'root');
  return complaints;
}

// The published client's own tree renderer, used as its `updateDOM` uses it.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { TreeRenderer } = require('@livetemplate/client/dist/state/tree-renderer.js');

const silent = {
  debug() {},
  info() {},
  warn() {},
  error(message) {
    throw new Error(`the client reports: ${message}`);
  },
  isDebugEnabled: () => false,
};

/** A renderer that holds nothing yet. */
export function newRenderer() {
  return new TreeRenderer(silent);
}

/** The tree of a message `{"tree":…}` that is a push: a `meta` in it would end a form that is still waiting. */
export function pushedTree(bytes) {
  const message = JSON.parse(bytes.toString());
  const keys = Object.keys(message);
  if (keys.length !== 1 || keys[0] !== 'tree') throw new Error(`a push has the keys ${keys.join(', ')}`);
  return message.tree;
}

/** Where two strings first differ, for messages. */
export function difference(got, want) {
  let at = 0;
  while (at < got.length && got[at] === want[at]) at++;
  const around = (text) => JSON.stringify(text.slice(Math.max(0, at - 60), at + 60));
  return `at ${at}:\n    client ${around(got)}\n    render ${around(want)}`;
}

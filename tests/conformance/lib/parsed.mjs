// What a browser's parser makes of HTML: with scripts, so that what is in `noscript` is text.
import { parse, serialize } from 'parse5';

function sortAttributes(node) {
  node.attrs?.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const child of (node.content ?? node).childNodes ?? []) sortAttributes(child);
}

/** The content of the body of a page. The order of attributes does not count. */
export function bodyOf(html) {
  const root = parse(html).childNodes.find(({ nodeName }) => nodeName === 'html');
  const body = root.childNodes.find(({ nodeName }) => nodeName === 'body');
  sortAttributes(body);
  return serialize(body);
}

/** Whether some HTML makes the same page as this: broken HTML can make one that none does. */
export const isSayable = (html) => bodyOf(serialize(parse(html))) === bodyOf(html);

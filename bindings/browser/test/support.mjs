// A page in jsdom.
import { JSDOM } from 'jsdom';
import { newApplier } from '../dist/index.js';

/** A page whose root has `html` as its content. */
export function page(html = '', { tag = 'div', attributes = '' } = {}) {
  const { window } = new JSDOM(`<!DOCTYPE html><body><${tag} data-lvt-wire="" ${attributes}>${html}</${tag}></body>`, {
    url: 'http://host.test/page?x=1',
    pretendToBeVisual: true,
  });
  const { document } = window;
  return { window, document, root: document.querySelector('[data-lvt-wire]') };
}

/** A page with an applier that has got `html` as its state. */
export function shown(format, html, options) {
  const { window, document, root } = page(html, options);
  const applier = newApplier(format, root);
  if (format !== 'tree') applier.resync({ type: 'resync', seq: 0, html });
  return { window, document, root, applier };
}

const { document: plain } = new JSDOM('').window;

/** `html` as a browser writes it after parsing it. */
export function parsed(html, tag = 'div') {
  const element = plain.createElement(tag);
  element.innerHTML = html;
  return element.innerHTML;
}

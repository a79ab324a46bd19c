// A page in jsdom or in headless Chromium, with the libraries that apply messages.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { JSDOM, VirtualConsole } from 'jsdom';

const require = createRequire(import.meta.url);
const read = (path) => readFileSync(path, 'utf8');

/** Our own client, from its source. */
function ownClient() {
  const folder = new URL('../../../bindings/browser/', import.meta.url);
  const { buildSync } = createRequire(new URL('package.json', folder))('esbuild');
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(new URL('src/index.ts', folder))],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'livetemplate',
    // The appliers of all formats, as in its build.
    define: { ONLY: '""' },
    footer: { js: 'window.livetemplate = livetemplate;' },
  });
  return [outputFiles[0].text];
}

/** What is loaded into the page for each format. */
const libraries = {
  turbo: () => [read(require.resolve('@hotwired/turbo/dist/turbo.es2017-umd.js'))],
  htmx: () => [read(require.resolve('htmx.org/dist/htmx.js'))],
  tree: ownClient,
  operations: ownClient,
  fragments: ownClient,
  patches: ownClient,
};

const scripts = (wire) => [...libraries[wire](), read(new URL('../page/driver.js', import.meta.url))];

/** A part of an identifier that stands in CSS otherwise than it is. */
function escaped(part) {
  const last = part.charCodeAt(part.length - 1);
  return /[\0-\x1f\x7f0-9]$/.test(part) ? `${part.slice(0, -1)}\\${last.toString(16)} ` : `\\${part}`;
}

/** A page in jsdom. `call(name, …)` calls a function of page/driver.js. */
function inJsdom(wire) {
  const { window } = new JSDOM('<!DOCTYPE html><html><head></head><body></body></html>', {
    url: 'http://localhost/',
    runScripts: 'outside-only',
    virtualConsole: new VirtualConsole(),
  });
  // Frames come at once, and what jsdom has none of is put in.
  window.requestAnimationFrame = (frame) => setImmediate(() => frame(0));
  window.TextEncoder ??= TextEncoder;
  window.CSS ??= { escape: (text) => String(text).replace(/[\0-\x1f\x7f]|^-?[0-9]|^-$|[^a-zA-Z0-9_\u0080-\uffff-]/g, escaped) };
  // Its selectors do not find an id that begins with a digit; of ids there is one of each in these pages.
  const { querySelectorAll } = window.Document.prototype;
  window.Document.prototype.querySelectorAll = function (selectors) {
    const [, id] = /^#((?:\\[0-9a-f]+(?: |$)|\\[^0-9a-f]|[\w\x80-\uffff-])+)$/.exec(selectors) ?? [];
    const found = id && this.getElementById(id.replace(/\\([0-9a-f]+)(?: |$)|\\(.)/g, (_, code, character) => character ?? String.fromCodePoint(parseInt(code, 16))));
    return found ? [found] : querySelectorAll.call(this, selectors);
  };
  const expression = Object.getPrototypeOf(new window.XPathEvaluator().createExpression('*'));
  const { evaluate } = expression;
  expression.evaluate = function (node, type = 0, result = null) {
    return evaluate.call(this, node, type, result);
  };
  for (const script of scripts(wire)) window.eval(script);
  // (Not closed at the end: what Turbo does in later frames needs the window.)
  return { call: (name, ...args) => window.conformance[name](...args), close() {} };
}

async function inChromium(wire) {
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
  const page = await browser.newPage();
  for (const content of scripts(wire)) await page.addScriptTag({ content });
  // The scripts of the pages that are shown do not run: they would change what is compared.
  await page.evaluate(() => {
    const meta = document.createElement('meta');
    meta.httpEquiv = 'Content-Security-Policy';
    meta.content = "script-src 'none'";
    document.head.append(meta);
  });
  const call = (name, ...args) => page.evaluate(([name, args]) => window.conformance[name](...args), [name, args]);
  return { call, close: () => browser.close() };
}

/** Opens a page for messages of a format; `where` is `jsdom` or `chromium`. */
export async function openTab(wire, where) {
  return where === 'chromium' ? inChromium(wire) : inJsdom(wire);
}

/** The formats that pages can be checked in. */
export const WIRES = Object.keys(libraries);

// Runs in a page, jsdom's or a browser's: shows a page, applies messages with the library that they are for, and compares
// what is there with a fresh parse. A plain script, which has the libraries as globals.
'use strict';

window.conformance = (() => {
  const parse = (html) => new DOMParser().parseFromString(html, 'text/html');
  /** White space behind </body> would come to the end of its content, where no update reaches it. */
  const trimmed = (html) => html.replace(/(<\/body\s*>)\s*(<\/html\s*>)?\s*$/i, '$1$2');

  /** The page that this HTML makes, for comparing: it is asked for more than once in a row. */
  function fresh(html) {
    if (last.html !== html) last = { html, page: parse(html) };
    return last.page;
  }
  let last = {};

  /** Becomes a page as a browser shows it that got this HTML. */
  function show(html, wire, resync) {
    document.replaceChild(document.adoptNode(parse(trimmed(html)).documentElement), document.documentElement);
    clients[wire].open(resync);
  }

  /** What a message does, for counting: `[action, name of the element, whether its id was made]`. */
  const about = (action, id, target = document.getElementById(id)) => {
    return [action, target?.localName ?? 'nothing', /^f-[0-9a-f]{16}/.test(id)];
  };

  async function turbo(message) {
    const template = document.createElement('template');
    template.innerHTML = message;
    const done = [...template.content.querySelectorAll('turbo-stream')].map((stream) => about(stream.getAttribute('action'), stream.getAttribute('target')));
    window.Turbo.renderStreamMessage(message);
    // Each stream waits for the next frame by itself.
    await Promise.all([...document.querySelectorAll('turbo-stream')].map((stream) => stream.render()));
    // Then it looks after the focus, in a frame of its own.
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    return done;
  }

  function htmx(message) {
    const done = [];
    let lost = null;
    const seen = ({ target }) => done.push([target.localName, /^f-/.test(target.id)]);
    const failed = ({ detail }) => (lost ??= `no element for ${detail.target}`);
    document.addEventListener('htmx:oobBeforeSwap', seen);
    document.addEventListener('htmx:oobErrorNoTarget', failed);
    try {
      window.htmx.swap(document.body, message, { swapStyle: 'none', swapDelay: 0, settleDelay: 0 });
    } finally {
      document.removeEventListener('htmx:oobBeforeSwap', seen);
      document.removeEventListener('htmx:oobErrorNoTarget', failed);
    }
    if (lost) throw new Error(lost);
    const actions = [...message.matchAll(/ hx-swap-oob="([a-zA-Z]+)/g)].map(([, action]) => action);
    return done.map(([element, made], index) => [actions[index] ?? '', element, made]);
  }

  /** Our own client, as it is behind a transport. */
  function client(format) {
    let receiver;
    let applier;
    let lost = null;
    const receive = (message) => {
      receiver.receive(message);
      if (lost) throw new Error(`the client lost the page: ${lost}`);
    };
    const did = (message) => {
      const changes = [message.operations, message.fragments, message.updates].flatMap((list) => list ?? []);
      const named = new Map();
      // (A selector takes long in jsdom.)
      if (format !== 'operations' && changes.length > 0) {
        const walker = document.createTreeWalker(document, NodeFilter.SHOW_ELEMENT);
        while (walker.nextNode()) named.set(walker.currentNode.getAttribute('data-fragment-id'), walker.currentNode);
      }
      return changes.map(({ strategy, action, id, fragment_id: fragment = id }) => about(strategy ? `${strategy} ${action}` : action, fragment, named.get(fragment)));
    };
    return {
      open(first) {
        lost = null;
        const root = livetemplate.rootOf(document);
        const outlet = { lost: (_, reason) => (lost = reason), stuck() {}, updated() {}, reply() {}, error: ({ message }) => (lost = message) };
        applier = livetemplate.newApplier(format, root);
        receiver = new livetemplate.Receiver(applier, format, outlet);
        receiver.opened();
        receive(first);
      },
      apply(message) {
        const done = [JSON.parse(message)].flat().flatMap(did);
        receive(message);
        return done;
      },
      resync: receive,
      /** The answer to a cache handshake, on a new connection of a client that has the page. */
      greeted(message) {
        receiver.opened(true);
        receive(message);
      },
      ack() {
        const checksums = applier.checksums?.() ?? {};
        return JSON.stringify({ type: 'ack', seq: receiver.seq, ...(Object.keys(checksums).length > 0 && { checksums }) });
      },
      /** What a client says on a new connection. */
      greet() {
        return JSON.stringify({ type: 'cache_handshake', client_version: '1.0', supported_optimizations: ['content', 'structural', 'styling'], max_cache_size: 1000, fragment_versions: applier.versions() });
      },
    };
  }

  const clients = {
    turbo: { open() {}, apply: turbo, resync: turbo },
    htmx: { open() {}, apply: htmx, resync: htmx },
    tree: client('tree'),
    operations: client('operations'),
    fragments: client('fragments'),
    patches: client('patches'),
  };

  /**
   * What a page shows, one node a line. With `loose` as docs/wire.md has it for `turbo` and `htmx`: text that is white space only does
   * not count, and at an edge of a text its amount does not. Nor do comments with `comments`, or what is in a `noscript` with `noscripts`. `scripts` takes those of other namespaces for scripts of HTML, and `classes` compares the attribute `class` as the set that it is.
   */
  function lines(page, { loose, comments, scripts, noscripts, classes }) {
    const found = [];
    const raw = new Set(['script', 'style', 'textarea', 'title']);
    const children = (parent, depth, exact) => {
      let text = '';
      const indent = ' '.repeat(depth);
      const flush = () => {
        if (loose && !exact) text = text.trim() === '' ? '' : text.replace(/^\s+|\s+$/g, ' ');
        if (text !== '') found.push(`${indent}${JSON.stringify(text)}`);
        text = '';
      };
      for (const node of parent.childNodes) {
        if (node.nodeType === 3) {
          text += node.data;
          continue;
        }
        if (comments && node.nodeType === 8) continue;
        flush();
        if (node.nodeType === 8) found.push(`${indent}<!--${JSON.stringify(node.data)}`);
        if (node.nodeType !== 1) continue;
        const attributes = [...node.attributes].map(({ name, value, namespaceURI }) => {
          if (!classes || name !== 'class') return `${namespaceURI ?? ''} ${name}=${JSON.stringify(value)}`;
          const names = [...new Set(value.split(/\s+/).filter(Boolean))];
          return names.length > 0 ? `class ${names.join(' ')}` : '';
        });
        const namespace = scripts && node.localName === 'script' ? 'xhtml' : node.namespaceURI.replace(/.*\//, '');
        found.push(`${indent}<${namespace} ${node.localName} ${attributes.filter(Boolean).sort().join(' ')}`);
        if (!noscripts || node.localName !== 'noscript') children(node.content ?? node, depth + 1, raw.has(node.localName));
      }
      flush();
    };
    children(page.body, 0, false);
    return found;
  }

  /** Where a page differs from the one that the HTML makes; null where it does not. */
  function between(page, html, how) {
    const wanted = fresh(html);
    // What is equal to the last node is so in every way; the content of templates does not count there.
    if (page.body.isEqualNode(wanted.body) && !/<template/i.test(html)) return null;
    const [got, want] = [lines(page, how), lines(wanted, how)];
    const at = want.findIndex((line, index) => line !== got[index]);
    if (at < 0 && got.length === want.length) return null;
    // Of long lines what stands around the place.
    const place = at < 0 ? want.length : at;
    let character = 0;
    while (got[place]?.[character] !== undefined && got[place][character] === want[place]?.[character]) character++;
    const part = (line) => (line.length < 300 ? line : `…${line.slice(Math.max(0, character - 100), character + 100)}…`);
    const around = (all) => all.slice(Math.max(0, place - 3), place + 3).map(part).join('\n      ');
    return `at line ${place}:\n    the page\n      ${around(got)}\n    a fresh parse\n      ${around(want)}`;
  }

  const difference = (html, how) => between(document, trimmed(html), how);

  /** Where the page that `rendered` makes differs from the one that the host's HTML makes. */
  const hostDifference = (rendered, host) => between(parse(rendered), host, {});

  /** Whether two elements of the page that this HTML makes have the same id. */
  function hasEqualIds(html) {
    const ids = [...fresh(trimmed(html)).querySelectorAll('[id]')].map(({ id }) => id).filter((id) => id !== '');
    return new Set(ids).size < ids.length;
  }

  const apply = (wire, message) => clients[wire].apply(message);
  const resync = (wire, message) => clients[wire].resync(message);
  const greeted = (wire, message) => clients[wire].greeted(message);
  const ack = (wire) => clients[wire].ack();
  const greet = (wire) => clients[wire].greet();
  return { show, apply, resync, greeted, ack, greet, difference, hostDifference, hasEqualIds };
})();

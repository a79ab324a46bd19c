// Checks pages whose HTML the host renders, against the published browser client and a browser's parser.
//
//   node html.mjs LANGUAGE…
//
// The tests of a language leave transcripts under target/transcripts-html/LANGUAGE: the page's first tree, then the host's HTML,
// and for every further state the update and the HTML again. The client, fed the tree and the updates one by one, must hold
// after each what a browser's parser makes of the host's HTML.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { difference, newRenderer, pushedTree } from './lib/client.mjs';
import { bodyOf } from './lib/parsed.mjs';
import { journey, readLanguage } from './lib/transcript.mjs';

const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Replays a transcript. Gives the number of states, and the bytes of the updates and of the HTML. */
export function replay(records) {
  const { tree, states } = journey(records);
  const renderer = newRenderer();
  let held = renderer.applyUpdate(pushedTree(tree)).html;
  let [sent, full] = [0, 0];
  states.forEach(({ update, html }, index) => {
    if (update?.length) held = renderer.applyUpdate(pushedTree(update)).html;
    if (update !== null) {
      sent += update.length;
      full += html.length;
    }
    // As the host's page has it: what stands before the body decides how the parser reads it.
    const doctype = /^\s*<!doctype[^>]*>/i.exec(html)?.[0] ?? '';
    const [got, want] = [bodyOf(`${doctype}<body>${held}</body>`), bodyOf(html)];
    if (got !== want) throw new Error(`state ${index}: the client holds other HTML ${difference(got, want)}`);
  });
  return { states: states.length, sent, full };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const languages = process.argv.slice(2);
  let failed = languages.length === 0;
  for (const language of languages) {
    const files = readLanguage(path.join(repository, 'target', 'transcripts-html', language));
    if (files.size === 0) {
      console.error(`${language}: no transcripts`);
      failed = true;
    }
    let [states, sent, full] = [0, 0, 0];
    for (const [name, records] of files) {
      try {
        const replayed = replay(records);
        states += replayed.states;
        sent += replayed.sent;
        full += replayed.full;
      } catch (error) {
        console.error(`${language}: ${name}: ${error.message}`);
        failed = true;
      }
    }
    const share = full > 0 ? `${((100 * sent) / full).toFixed(1)} % of the HTML` : 'nothing';
    console.log(`${language}: ${states} states of ${files.size} pages, updates of ${sent} bytes, ${share}`);
  }
  process.exit(failed ? 1 : 0);
}

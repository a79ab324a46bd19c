// Builds the addon with cargo and puts it beside index.js. `npm install` runs this.
//
//   node build.mjs            build; LIVETEMPLATE_PROFILE=dev for a quick unoptimised build
//   node build.mjs --types    build and write index.d.ts anew
//
// Needs nothing but Node.js and cargo, so that installing from a checkout works before any npm package is there.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const addon = path.join(here, 'livetemplate.node');
const typesFile = path.join(here, 'index.d.ts');

/** Runs cargo and returns the path of the library it made. */
function cargo(typeDefs) {
  const profile = process.env.LIVETEMPLATE_PROFILE ?? 'release';
  const run = spawnSync(
    'cargo',
    ['build', '--profile', profile, '--message-format', 'json-render-diagnostics', '--manifest-path', path.join(here, 'Cargo.toml')],
    {
      // The attribute macro writes the type of every item into this folder while it compiles.
      env: { ...process.env, NAPI_TYPE_DEF_TMP_FOLDER: typeDefs },
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 1 << 28,
    },
  );
  if (run.error?.code === 'ENOENT') throw new Error('cargo is needed to build livetemplate: see https://rustup.rs');
  if (run.error) throw run.error;
  if (run.status !== 0) throw new Error(`cargo failed with status ${run.status ?? run.signal}`);
  const artifact = run.stdout
    .toString()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .find((message) => message.reason === 'compiler-artifact' && message.target.name === 'livetemplate_node' && message.target.kind.includes('cdylib'));
  return artifact.filenames.find((file) => /\.(so|dylib|dll)$/.test(file));
}

/** Builds the addon; returns the file with the type definitions. */
export function build() {
  const typeDefs = path.join(here, '..', '..', 'target', 'node-types');
  const defs = path.join(typeDefs, 'livetemplate-node');
  mkdirSync(typeDefs, { recursive: true });
  // Without its type definitions the crate must be compiled again, however fresh cargo thinks it is.
  if (!existsSync(defs)) utimesSync(path.join(here, 'src', 'lib.rs'), new Date(), new Date());
  const library = cargo(typeDefs);
  // A rename, because a running process may have the old file mapped.
  const fresh = `${addon}.${process.pid}`;
  copyFileSync(library, fresh);
  renameSync(fresh, addon);
  return defs;
}

/** index.d.ts: the written head, then the types of the addon's items, then its error codes. */
export function renderTypes(defs) {
  const items = readFileSync(defs, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
  const byName = new Map();
  for (const item of items) {
    // A class comes in two parts: its declaration and its methods.
    const name = item.kind === 'impl' ? [...byName.values()].find((other) => other.original_name === item.name || other.name === item.name)?.name : item.name;
    const known = byName.get(name);
    if (known) known.def = [known.def, item.def].filter(Boolean).join('\n');
    else byName.set(item.name, { ...item });
  }
  const indent = (text) => text.split('\n').map((line) => `  ${line.replace(/^ (?=\S)(?!\*)/, '')}`).join('\n');
  const parts = [...byName.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((item) => {
      const { kind, name } = item;
      const js_doc = item.js_doc.replace(/[ ]+$/gm, '');
      let { def } = item;
      switch (kind) {
        case 'struct':
          // Without a constructor of its own a class comes out of others only.
          if (!/^ constructor\(/m.test(def)) def = `private constructor()\n${def}`;
          return `${js_doc}export declare class ${name} {\n${indent(def)}\n}`;
        case 'interface':
          return `${js_doc}export interface ${name} {\n${indent(def)}\n}`;
        case 'const':
          return `${js_doc}${def.replace('export const', 'export declare const')}`;
        case 'fn':
          return `${js_doc}export declare ${def}`;
        default:
          throw new Error(`no form for a type definition of kind ${kind} (${name})`);
      }
    });
  const { codes } = createRequire(import.meta.url)(addon);
  const list = Object.entries(codes).map(([name, code]) => `  readonly ${name}: ${code}`);
  parts.push(`/** The number of every error, by name. */\nexport declare const codes: {\n${list.join('\n')}\n}`);
  const head = readFileSync(path.join(here, 'types', 'head.d.ts'), 'utf8');
  return `// Written by \`npm run types\` from types/head.d.ts and src/. Do not edit.\n\n${head}\n${parts.join('\n\n')}\n`;
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const defs = build();
  if (process.argv.includes('--types') || !existsSync(typesFile)) writeFileSync(typesFile, renderTypes(defs));
}

// Prints what the bundles weigh, and fails when one is above its goal: a page loads what one format needs.
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { FORMATS, options } from './build.mjs';

/** Most bytes after gzip of what one format needs: its applier, and the whole script. */
const APPLIER = 6 * 1024;
const SCRIPT = 12 * 1024;

async function weigh(name, goal, only, entry, format) {
  const { outputFiles } = await build({ ...options(only), ...entry, absWorkingDir: fileURLToPath(new URL('.', import.meta.url)), write: false, format });
  const code = outputFiles[0].contents;
  return { name, goal, bytes: code.length, gzip: gzipSync(code, { level: 9 }).length };
}

/** The sizes of all bundles; `goal` is null where there is none. */
export async function sizes() {
  const stdin = { contents: "export { newApplier } from './src/appliers.ts'", resolveDir: fileURLToPath(new URL('.', import.meta.url)) };
  const list = [];
  for (const only of [...FORMATS, '']) list.push(await weigh(`applier ${only || 'of all formats'}`, only ? APPLIER : null, only, { stdin }, 'esm'));
  for (const only of [...FORMATS, '']) list.push(await weigh(`script ${only || 'with all formats'}`, only ? SCRIPT : null, only, { entryPoints: ['src/script.ts'] }, 'iife'));
  return list;
}

if (fileURLToPath(import.meta.url) === process.argv[1]) {
  for (const { name, goal, bytes, gzip } of await sizes()) {
    console.log(`${name.padEnd(24)} ${String(bytes).padStart(6)} bytes, ${String(gzip).padStart(6)} with gzip${goal ? ` (goal ${goal})` : ''}`);
    if (goal && gzip > goal) process.exitCode = 1;
  }
}

// Prints what the bundles weigh, and fails when one is above its goal.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { pathToFileURL } from 'node:url';

/** Most bytes after gzip. */
const GOALS = { 'appliers.js': 6 * 1024, 'livetemplate.js': 12 * 1024 };

export const sizes = () =>
  Object.entries(GOALS).map(([name, goal]) => {
    const code = readFileSync(new URL(`dist/${name}`, import.meta.url));
    return { name, goal, bytes: code.length, gzip: gzipSync(code, { level: 9 }).length };
  });

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const { name, goal, bytes, gzip } of sizes()) {
    console.log(`${name.padEnd(16)} ${String(bytes).padStart(6)} bytes, ${String(gzip).padStart(6)} with gzip (goal ${goal})`);
    if (gzip > goal) process.exitCode = 1;
  }
}

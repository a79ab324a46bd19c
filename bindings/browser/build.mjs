// Builds dist/: the module, the appliers alone, and the script that starts by itself.
import { copyFile, rm } from 'node:fs/promises';
import { build } from 'esbuild';

await rm('dist', { recursive: true, force: true });
const common = { bundle: true, minify: true, sourcemap: true, target: 'es2022', outdir: 'dist', logLevel: 'warning' };
await build({ ...common, entryPoints: ['src/index.ts', 'src/appliers.ts'], format: 'esm' });
await build({ ...common, entryPoints: { livetemplate: 'src/script.ts' }, format: 'iife' });
await copyFile('src/livetemplate.css', 'dist/livetemplate.css');

// Builds dist/: the module, the appliers alone, and the scripts that start by themselves.
import { copyFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The formats that have a script of their own. */
export const FORMATS = ['tree', 'operations', 'fragments', 'patches'];

/** What all bundles have in common; `only` names the one format that is in it. */
export const options = (only = '') => ({
  bundle: true,
  minify: true,
  target: 'es2022',
  define: { ONLY: JSON.stringify(only) },
  logLevel: 'warning',
});

if (fileURLToPath(import.meta.url) === process.argv[1]) {
  await rm('dist', { recursive: true, force: true });
  const written = { outdir: 'dist', sourcemap: true };
  await build({ ...options(), ...written, entryPoints: ['src/index.ts', 'src/appliers.ts'], format: 'esm' });
  for (const only of ['', ...FORMATS]) {
    const entryPoints = { [only ? `livetemplate.${only}` : 'livetemplate']: 'src/script.ts' };
    await build({ ...options(only), ...written, entryPoints, format: 'iife' });
  }
  await copyFile('src/livetemplate.css', 'dist/livetemplate.css');
}

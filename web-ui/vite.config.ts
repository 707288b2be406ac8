import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defaultClientConditions, defineConfig, type Plugin } from 'vite';

/** Where the hub listens while the panel is developed with `vite`. */
const hub = 'http://127.0.0.1:8420';

/**
 * The page's policy forbids generated code. The schema library asks by trying, which the browser reports as a breach
 * each time the page is opened; so it is told, and checks schemas by interpretation. What would write the code is left
 * out: it is a tenth of the panel.
 */
const withoutEval = (): Plugin => {
  const replaced = new Map([
    [
      '/typebox/build/system/environment/evaluate.mjs',
      `export const CanEvaluate = () => false;
       export const Evaluate = () => { throw new Error('the policy of this page forbids generated code'); };`,
    ],
    [
      '/typebox/build/schema/build.mjs',
      `import { Check } from './check.mjs';
       export const Build = (context, schema) => ({ Evaluate: () => ({ IsAccelerated: () => false, Check: (value) => Check(context, schema, value) }) });`,
    ],
  ]);
  const told = new Set<string>();
  return {
    name: 'without-eval',
    apply: 'build',
    transform: (_code, id) => {
      const [path, code] = [...replaced].find(([end]) => id.endsWith(end)) ?? [];
      if (path === undefined || code === undefined) return null;
      told.add(path);
      return code;
    },
    buildEnd(error) {
      const missing = [...replaced.keys()].filter((path) => !told.has(path));
      if (error === undefined && missing.length > 0 && told.size > 0) this.error(`typebox has moved ${missing.join(' and ')}`);
    },
  };
};

export default defineConfig({
  plugins: [svelte(), withoutEval()],
  worker: { format: 'es', plugins: () => [withoutEval()] },
  resolve: { conditions: [...defaultClientConditions, 'es2015', 'phloem-src'] },
  build: {
    outDir: 'dist',
    target: 'es2023',
    // The page's policy allows files of its own origin only: nothing may become a `data:` address.
    assetsInlineLimit: 0,
    reportCompressedSize: true,
  },
  server: {
    proxy: {
      '/socket.io': { target: hub, ws: true },
      '/api': hub,
      '/healthz': hub,
    },
  },
});

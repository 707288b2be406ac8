import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defaultClientConditions, defineConfig, type Plugin } from 'vite';

/** Where the hub listens while the panel is developed with `vite`. */
const hub = 'http://127.0.0.1:8420';

/**
 * The page's policy forbids generated code. The schema library asks by trying, which the browser reports as a breach
 * each time the page is opened; so it is told, and checks schemas by interpretation.
 */
const withoutEval = (): Plugin => {
  let isTold = false;
  return {
    name: 'without-eval',
    apply: 'build',
    transform: (_code, id) => {
      if (!id.endsWith('/typebox/build/system/environment/evaluate.mjs')) return null;
      isTold = true;
      return `export const CanEvaluate = () => false;
        export const Evaluate = () => { throw new Error('the policy of this page forbids generated code'); };`;
    },
    buildEnd(error) {
      if (error === undefined && !isTold) this.error('typebox has moved the module that asks whether code may be generated');
    },
  };
};

export default defineConfig({
  plugins: [svelte(), withoutEval()],
  worker: { format: 'es', plugins: () => [withoutEval()] },
  resolve: { conditions: [...defaultClientConditions, 'phloem-src'] },
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

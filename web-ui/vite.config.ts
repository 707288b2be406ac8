import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defaultClientConditions, defineConfig } from 'vite';
import { leanSocketIo } from './lean-socket-io.ts';
import { leanTypebox } from './lean-typebox.ts';
import { shareWithWorker } from './share-with-worker.ts';

/** Where the hub listens while the panel is developed with `vite`. */
const hub = 'http://127.0.0.1:8420';

export default defineConfig({
  plugins: [svelte(), leanTypebox(), leanSocketIo(), shareWithWorker()],
  worker: { format: 'es' },
  resolve: { conditions: [...defaultClientConditions, 'es2015', 'phloem-src'] },
  build: {
    outDir: 'dist',
    target: 'es2023',
    // The page's policy allows files of its own origin only: nothing may become a `data:` address.
    assetsInlineLimit: 0,
    // The worker has no document into which a link that preloads something could be put: its own imports would fail.
    modulePreload: { resolveDependencies: (_file, dependencies, { hostId }) => (hostId.includes('live-worker') ? [] : dependencies) },
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

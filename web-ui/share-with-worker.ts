import type { HtmlTagDescriptor, Plugin } from 'vite';

const worker = 'live-worker';
const opening = /new URL\('([^']*\/live-worker\.ts)', import\.meta\.url\)/;

/**
 * Builds the worker together with the page, so that both load the modules that they share once.
 *
 * Vite builds a worker separately. Page and worker would then each contain RxJS, typebox and the protocol.
 */
export const shareWithWorker = (): Plugin => {
  let isFound = false;
  return {
    name: 'share-with-worker',
    apply: 'build',
    // Before Vite sees the worker and builds it separately.
    enforce: 'pre',
    async transform(code, id) {
      const [whole, path] = opening.exec(code) ?? [];
      if (whole === undefined || path === undefined) return null;
      const resolved = await this.resolve(path, id);
      if (resolved === null) return null;
      isFound = true;
      const reference = this.emitFile({ type: 'chunk', id: resolved.id, name: worker });
      return { code: code.replace(whole, `import.meta.ROLLUP_FILE_URL_${reference}`), map: null };
    },
    buildEnd(error) {
      if (error === undefined && !isFound) this.error('no module opens the worker with "new URL(…, import.meta.url)"');
    },
    // The browser learns of the worker's modules with the page, not one round trip after another.
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle = {} }) {
        const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
        const own = chunks.find(({ name, isEntry }) => isEntry && name === worker);
        const files = own === undefined ? [] : [own.fileName, ...own.imports];
        return files
          .filter((file) => !html.includes(file))
          .map((file): HtmlTagDescriptor => ({
            tag: 'link',
            attrs: { rel: 'modulepreload', crossorigin: true, href: `/${file}` },
            injectTo: 'head',
          }));
      },
    },
  };
};

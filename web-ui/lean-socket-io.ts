import type { Plugin } from 'vite';

const table = '/engine.io-client/build/esm/transports/index.js';

/**
 * Keeps one of the three transports of engine.io-client: the panel reaches its hub by WebSocket only.
 *
 * The library names all of them in one table, so the build cannot leave out two by itself.
 */
export const leanSocketIo = (): Plugin => {
  let isFound = false;
  return {
    name: 'lean-socket-io',
    apply: 'build',
    transform(code, id) {
      if (!id.includes('/engine.io-client/build/esm/')) return null;
      const isTable = id.endsWith(table);
      isFound ||= isTable;
      return {
        code: isTable ? `import { WS } from './websocket.js';\nexport const transports = { websocket: WS };` : code,
        map: null,
        // Nothing in engine.io-client registers itself anywhere.
        moduleSideEffects: false,
      };
    },
    buildEnd(error) {
      if (error === undefined && !isFound) this.error(`engine.io-client has moved ${table}`);
    },
  };
};

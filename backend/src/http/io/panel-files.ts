import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { faults } from '@phloem/protocol';
import type { FastifyInstance } from 'fastify';
import { findStyleSheets } from '../sign-in-page.ts';

/** The built panel. */
export type PanelFiles = {
  /** The style sheets that its page names. */
  readonly styleSheets: readonly string[];
  readonly register: (app: FastifyInstance) => Promise<void>;
};

/** Reads the page of the panel in a folder; null where there is none. */
export const readPanelFiles = (folder: string | null): PanelFiles | null => {
  const index = folder === null ? '' : join(folder, 'index.html');
  if (folder === null || !existsSync(index)) return null;
  const page = readFileSync(index, 'utf8');
  return {
    styleSheets: findStyleSheets(page),
    register: async (app) => {
      await app.register(fastifyStatic, {
        root: folder,
        wildcard: false,
        index: ['index.html'],
        // The names of these files contain a hash of their content.
        setHeaders: (reply, path) => {
          if (path.includes('/assets/')) reply.header('cache-control', 'public, max-age=31536000, immutable');
        },
      });
      app.setNotFoundHandler((request, reply) => {
        const isPage = request.method === 'GET' && !request.url.startsWith('/api/') && !request.url.includes('.');
        if (isPage) return reply.type('text/html; charset=utf-8').send(page);
        const code = 'document/unknown';
        return reply.code(faults[code].http).send({ code, message: `nothing is at ${request.url.slice(0, 200)}` });
      });
    },
  };
};

import { createRequire } from 'node:module';
import type ts6 from '../../web-ui/node_modules/typescript/lib/typescript.js';

export type { ts6 };

/** The compiler of the panel: TypeScript 7, which compiles the rest, has no stable interface to its syntax tree. */
export const ts = createRequire(new URL('../../web-ui/package.json', import.meta.url))('typescript') as typeof ts6;

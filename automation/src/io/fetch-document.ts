import { Fault, hashDocument } from '@phloem/protocol';
import { defer } from 'rxjs';
import type { FetchDocument } from '../documents.ts';
import type { AskHub } from './ask-hub.ts';

/** Gets documents from the hub. What does not have the hash that it was asked by is not let in. */
export const createFetchDocument =
  (ask: AskHub): FetchDocument =>
  (hash) =>
    defer(async (): Promise<unknown> => {
      const text = await ask(`/api/v1/documents/${hash}`);
      if (hashDocument(text) !== hash)
        throw new Fault('document/invalid', `the hub's document ${hash.slice(0, 12)} does not match its hash`);
      return JSON.parse(text);
    });

import { isFault, type Checkpoint } from '@phloem/protocol';
import { parseHubCheckpoint } from '../../checkpoint.ts';
import type { AskHub } from '../../io/ask-hub.ts';
import { createFetchDocument } from '../../io/fetch-document.ts';
import { firstValueFrom } from 'rxjs';
import type { LogStretch, WhyHub } from '../answer-why.ts';

/** The hub's HTTP side, as far as an answer needs it. What comes has the hub's credential: its form is trusted. */
export const createWhyHub = (ask: AskHub): WhyHub => {
  const fetchDocument = createFetchDocument(ask);
  return {
    log: async (after, limit) => JSON.parse(await ask(`/api/v1/log?after=${after}&limit=${limit}`)) as LogStretch,
    bundles: async () => JSON.parse(await ask('/api/v1/bundles')) as Awaited<ReturnType<WhyHub['bundles']>>,
    checkpoint: async (scope, before): Promise<Checkpoint | null> => {
      try {
        return parseHubCheckpoint(JSON.parse(await ask(`/api/v1/checkpoints/${encodeURIComponent(scope)}?before=${before}`)));
      } catch (error) {
        if (isFault(error, 'document/unknown')) return null;
        throw error;
      }
    },
    document: (hash) => firstValueFrom(fetchDocument(hash)),
  };
};

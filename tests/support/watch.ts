import { createSocketIoTransport, monotonicClock, openLink, type Batch, type Link, type LinkOptions, type View } from '@phloem/reconnect';
import type { Entry } from '@phloem/protocol';
import { filter, firstValueFrom, map, mergeMap, type Observable } from 'rxjs';
import type { Mesh } from './mesh.ts';

/** A node that reads along: every entry from the head on, and the newest of everything. */
export type Watch = AsyncDisposable & {
  readonly link: Link;
  readonly entries$: Observable<Entry>;
  /** What the newest snapshot says. */
  snapshot(): Promise<Extract<View, { event: 'snapshot' }>['payload']>;
};

const toEntries = (batch: Batch): readonly Entry[] => (batch.kind === 'entries' ? batch.entries : []);

/** Joins an installation as a viewer. `from` is the cursor to begin at; the head when it is left out. */
export const watchMesh = async (mesh: Mesh, options: Partial<LinkOptions> & { readonly node?: string } = {}): Promise<Watch> => {
  const { node = 'watcher-1', ...rest } = options;
  const link = openLink({
    transport: createSocketIoTransport({ url: mesh.url }),
    clock: monotonicClock,
    random: Math.random,
    nodeId: node,
    run: crypto.randomUUID().slice(0, 20),
    role: 'viewer',
    token: await mesh.token('viewer', node),
    software: 'tests',
    profile: 'control',
    subscriptions: [
      { sub: 'all', mode: 'every', filter: {}, cursor: null },
      { sub: 'now', mode: 'latest', filter: {}, cursor: null },
    ],
    ...rest,
  });
  await firstValueFrom(link.status$.pipe(filter(({ phase }) => phase === 'ready')));
  return {
    link,
    entries$: link.batches$('all').pipe(mergeMap(toEntries)),
    snapshot: () => {
      link.unsubscribe('now');
      link.subscribe({ sub: 'now', mode: 'latest', filter: {}, cursor: null });
      return firstValueFrom(
        link.latest$('now').pipe(
          filter((view) => view.event === 'snapshot'),
          map(({ payload }) => payload),
        ),
      );
    },
    [Symbol.asyncDispose]: () => link.close(),
  };
};

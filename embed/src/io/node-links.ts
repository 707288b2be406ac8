import type { HubTransport } from '@phloem/backend';
import { Subject, switchMap } from 'rxjs';

/** The links of the nodes of this process, as one transport of the hub. */
export type NodeLinks = {
  readonly transport: HubTransport;
  /** The hub takes the connections of this one from now on, and no more of the one before. */
  add(link: HubTransport): void;
};

/** Makes a transport to which links are added while the hub runs: a service that is started again has a new one. */
export const createNodeLinks = (): NodeLinks => {
  const added = new Subject<HubTransport>();
  const open = new Set<HubTransport>();
  return {
    transport: {
      // The newest wins: the service of the one before has ended.
      connections$: added.pipe(switchMap((link) => link.connections$)),
      close: async () => {
        await Promise.all([...open].map((link) => link.close()));
      },
    },
    add: (link) => {
      for (const before of open) void before.close();
      open.clear();
      open.add(link);
      added.next(link);
    },
  };
};

import { merge } from 'rxjs';
import type { HubTransport } from './hub-transport.ts';

/** Several ways to one hub as one: the same sessions, the same gate. The first one says when the network was looked at. */
export const mergeTransports = (first: HubTransport, ...others: readonly HubTransport[]): HubTransport => ({
  ...first,
  connections$: merge(first.connections$, ...others.map(({ connections$ }) => connections$)),
  close: async () => {
    await Promise.all([first, ...others].map((transport) => transport.close()));
  },
});

import { toIsoText } from '@phloem/protocol';

/** What Node-RED shows below a node. */
export type NodeStatus = { readonly fill: 'green' | 'yellow' | 'red' | 'grey'; readonly shape: 'dot' | 'ring'; readonly text: string };

/** How the connection to the hub stands. `sinceAt` is a wall time. */
export type Standing =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected' }
  | { readonly kind: 'stale'; readonly sinceAt: number }
  | { readonly kind: 'refused'; readonly message: string };

const maxText = 80;
const trim = (text: string): string => (text.length > maxText ? `${text.slice(0, maxText - 1)}…` : text);

/** What Node-RED shows below a node. `refusal` is why the hub refused the last message of this node; null if it did not. */
export const toNodeStatus = (standing: Standing, refusal: string | null = null): NodeStatus => {
  switch (standing.kind) {
    case 'connecting':
      return { fill: 'grey', shape: 'ring', text: 'connecting' };
    case 'connected':
      return refusal === null
        ? { fill: 'green', shape: 'dot', text: 'connected' }
        : { fill: 'red', shape: 'ring', text: trim(`refused: ${refusal}`) };
    case 'stale':
      return { fill: 'yellow', shape: 'ring', text: `stale: no connection since ${toIsoText(standing.sinceAt).slice(11, 19)} UTC` };
    case 'refused':
      return { fill: 'red', shape: 'ring', text: trim(`refused: ${standing.message}`) };
  }
};

/** Why the hub does not take the token, with what to do. */
export const toTokenHelp = (message: string, node: string): string =>
  `${message}. Create a token with "phloem token create --role technician --node ${node}" and enter it in the hub node.`;

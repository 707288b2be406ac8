import type { FlowNode } from '../node-red.ts';

/** What nodes keep over a deploy, by the id of the node and a key. */
const kept = new Map<string, unknown>();

const toKey = (node: FlowNode, key: string): string => `${node.id}/${key}`;

/**
 * Keeps a value over a deploy. Where Node-RED has a context store on disk, it survives a restart too. Without one, Node-RED deletes the
 * context of a node at each deploy, so the context alone is not enough.
 */
export const keepState = (node: FlowNode, key: string, value: unknown): void => {
  kept.set(toKey(node, key), value);
  node.context().set(key, value);
};

/** The value that a node has kept, or undefined. */
export const readState = (node: FlowNode, key: string): unknown => kept.get(toKey(node, key)) ?? node.context().get(key);

/** Forgets a value, because its node was removed. */
export const forgetState = (node: FlowNode, key: string): void => {
  kept.delete(toKey(node, key));
  node.context().set(key, undefined);
};

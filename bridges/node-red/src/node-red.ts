import type { HubConnection } from './hub-connection.ts';
import type { NodeStatus } from './to-node-status.ts';

/** A message of a flow. Other nodes may have added anything. */
export type FlowMessage = { readonly [key: string]: unknown };

/** Hands messages to the outputs of a node, one item per output. */
export type Send = (messages: FlowMessage | readonly (FlowMessage | null)[]) => void;
/** Ends the handling of a message; with an error, Node-RED passes it to Catch nodes. */
export type Done = (error?: Error) => void;

/** The part of a node of Node-RED that these nodes use. */
export interface FlowNode {
  readonly id: string;
  readonly credentials?: { readonly token?: string };
  status(status: NodeStatus): void;
  send(message: FlowMessage): void;
  warn(text: string): void;
  /** Survives a deploy only with a context store on disk. */
  context(): { get(key: string): unknown; set(key: string, value: unknown): void };
  on(event: 'input', handle: (message: FlowMessage, send: Send, done: Done) => void): void;
  on(event: 'close', handle: (isRemoved: boolean, done: () => void) => void): void;
}

/** A configuration node that other nodes share. */
export type HubNode = FlowNode & { connection?: HubConnection };

/** The part of the runtime of Node-RED that these nodes use. */
export interface NodeRed {
  readonly nodes: {
    createNode(node: FlowNode, config: object): void;
    getNode(id: string): HubNode | null;
    registerType(
      type: string,
      /** The settings come from the editor. */
      create: (this: HubNode, config: never) => void,
      options?: { readonly credentials: Readonly<Record<string, { readonly type: 'text' | 'password' }>> },
    ): void;
  };
}

import type { Node, NodeOutput, NodeState } from '../nodes/node.ts';

/** A node with the id under which its state is kept. */
export type PlanNode = { readonly id: string; readonly node: Node<NodeState, never, NodeOutput<unknown>> };

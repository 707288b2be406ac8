import type { Actual, Node, NodeOutput, NodeState, NodeTime } from './node.ts';

/** One recorded step. */
export type Recorded<In> = { readonly input: In; readonly time: NodeTime };

/**
 * The outputs of a node over recorded steps, as a back-test has them. With `isSaved` true before a step, the state goes
 * through JSON first, as through a checkpoint: the outputs must not change by it.
 */
export const replay = <State extends NodeState, In, Out extends NodeOutput<unknown>>(
  node: Node<State, In, Out>,
  steps: readonly Recorded<In>[],
  options: { readonly actual?: Actual; readonly isSaved?: (index: number) => boolean } = {},
): readonly Out[] => {
  let state = node.init(options.actual);
  return steps.map(({ input, time }, index) => {
    if (options.isSaved?.(index) === true) state = JSON.parse(JSON.stringify(state)) as State;
    const [next, out] = node.step(state, input, time);
    state = next;
    return out;
  });
};

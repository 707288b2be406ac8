import { isFault } from '@phloem/protocol';
import type { HubConnection } from '../hub-connection.ts';
import type { Done, FlowMessage, HubNode, NodeRed, Send } from '../node-red.ts';
import { toNodeStatus, type Standing } from '../to-node-status.ts';

/** The connection of the hub node that a node names; shows a refusal and returns null when there is none. */
export const findConnection = (red: NodeRed, node: HubNode, hub: string): HubConnection | null => {
  const connection = red.nodes.getNode(hub)?.connection;
  if (connection !== undefined) return connection;
  node.status(toNodeStatus({ kind: 'refused', message: 'the hub node is missing, or its settings are not in order' }));
  return null;
};

/** Shows below a node how its connection stands. */
export const showStanding = (node: HubNode, connection: HubConnection): void => {
  const shown = connection.standing$.subscribe((standing) => node.status(toNodeStatus(standing)));
  node.on('close', (_isRemoved, done) => {
    shown.unsubscribe();
    done();
  });
};

/** Handles the messages of a node that asks the hub. A fault becomes the status of the node and an error that Catch nodes receive. */
export const answerMessages = (
  node: HubNode,
  connection: HubConnection,
  answer: (message: FlowMessage, send: Send) => Promise<void>,
): void => {
  let standing: Standing = { kind: 'connecting' };
  let refusal: string | null = null;
  const show = (): void => node.status(toNodeStatus(standing, refusal));
  const shown = connection.standing$.subscribe((next) => {
    standing = next;
    show();
  });
  node.on('input', (message, send, done) => void handle(message, send, done));
  node.on('close', (_isRemoved, done) => {
    shown.unsubscribe();
    done();
  });

  const handle = async (message: FlowMessage, send: Send, done: Done): Promise<void> => {
    try {
      await answer(message, send);
      refusal = null;
      done();
    } catch (error) {
      refusal = error instanceof Error ? error.message : String(error);
      done(
        isFault(error)
          ? Object.assign(new Error(`${error.code}: ${error.message}`, { cause: error }), { code: error.code })
          : toError(error),
      );
    }
    show();
  };
};

const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

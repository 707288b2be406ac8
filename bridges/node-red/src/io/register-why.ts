import type { WhyAnswer } from '@phloem/protocol';
import type { HubNode, NodeRed } from '../node-red.ts';
import { readDevice } from '../read-message.ts';
import { answerMessages, findConnection } from './follow-standing.ts';

type WhyConfig = { readonly hub: string; readonly device?: string };

/** Registers `phloem-why`, which asks why a device is as it is. */
export const registerWhy = (red: NodeRed): void => {
  red.nodes.registerType('phloem-why', function create(this: HubNode, config: WhyConfig) {
    red.nodes.createNode(this, config);
    const connection = findConnection(red, this, config.hub);
    if (connection === null) return;
    answerMessages(this, connection, async (message, send) => {
      const device = readDevice(message, config.device ?? '');
      const why = await connection.ask<WhyAnswer>(`/devices/${encodeURIComponent(device)}/why`, { method: 'GET' });
      send({ ...message, topic: device, payload: why.sentence, why });
    });
  });
};

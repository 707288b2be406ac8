import type { OverrideStatus } from '@phloem/protocol';
import type { HubNode, NodeRed } from '../node-red.ts';
import { readOverride } from '../read-message.ts';
import { answerMessages, findConnection } from './follow-standing.ts';

type OverrideConfig = {
  readonly hub: string;
  readonly device?: string;
  readonly minutes?: string | number;
  readonly reason?: string;
};

/** Registers `phloem-override`, which overrides a device for a time, or releases it. */
export const registerOverride = (red: NodeRed): void => {
  red.nodes.registerType('phloem-override', function create(this: HubNode, config: OverrideConfig) {
    red.nodes.createNode(this, config);
    const connection = findConnection(red, this, config.hub);
    if (connection === null) return;
    const settings = { device: config.device ?? '', minutes: Number(config.minutes ?? 30), reason: config.reason ?? '' };
    answerMessages(this, connection, async (message, send) => {
      const { kind, device, body } = readOverride(message, settings);
      const method = kind === 'set' ? 'POST' : 'DELETE';
      const override = await connection.ask<OverrideStatus | null>(`/devices/${encodeURIComponent(device)}/override`, { method, body });
      send({ ...message, topic: device, override });
    });
  });
};

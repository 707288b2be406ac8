import type { SiteInventory } from '@phloem/bridge-mqtt';
import { createHubClient } from '@phloem/backend/client';
import { Fault, isFault } from '@phloem/protocol';

/**
 * What the site of a running hub has, for those who describe it to another system.
 *
 * @throws Fault `bridge/unreachable` when the hub does not answer: the bridge tries again.
 */
export const readInventory = async (port: number, tokenFile: string): Promise<SiteInventory> => {
  const hub = createHubClient({ port, tokenFile });
  try {
    const { locations } = await hub.get<Pick<SiteInventory, 'locations'>>('/api/v1/site');
    const points = await hub.get<SiteInventory['points']>('/api/v1/points');
    const devices = await hub.get<SiteInventory['devices']>('/api/v1/devices');
    return { locations, points, devices };
  } catch (error) {
    if (!isFault(error)) throw error;
    throw new Fault('bridge/unreachable', `the hub did not describe its site: ${error.message}`, { cause: error });
  }
};

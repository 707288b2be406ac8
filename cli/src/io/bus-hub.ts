import { Fault, type BusHealthAnswer } from '@phloem/protocol';
import { createHubClient, dataFiles, type HubClient } from '@phloem/backend/client';

/** The buses of the site. */
export const listBuses = (hub: HubClient): Promise<readonly BusHealthAnswer[]> => hub.get('/api/v1/buses');

/** Which hub, and what may be left out. */
export type BusOptions = { readonly port: number; readonly data: string };

/** The hub whose buses are asked: never the buses themselves, which have one owner. */
export const toBusHub = ({ port, data }: BusOptions): HubClient => createHubClient({ port, tokenFile: dataFiles(data).adminToken });

/**
 * The bus that is meant: the one of that name, or the only one.
 *
 * @throws Fault `cli/usage` when it is not clear, `bus/unknown` when there is none.
 */
export const pickBus = (buses: readonly BusHealthAnswer[], name: string | undefined): BusHealthAnswer => {
  const names = buses.map(({ bus }) => bus).join(', ');
  if (name === undefined && buses.length > 1) throw new Fault('cli/usage', `name the bus with --bus: ${names}`);
  const found = name === undefined ? buses[0] : buses.find(({ bus }) => bus === name);
  if (found === undefined)
    throw new Fault('bus/unknown', name === undefined ? 'the site has no bus' : `the site has no bus ${name}; it has ${names}`);
  return found;
};

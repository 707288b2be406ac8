import type { BusHealthAnswer } from '@phloem/protocol';
import { formatHealth } from '../bus/format-health.ts';
import { toBusHub, type BusOptions } from './bus-hub.ts';
import { printJson, printText } from './print.ts';

/** Shows how the buses of a running hub are used, and how their units answer. */
export const showBusHealth = async (options: BusOptions & { readonly json: boolean }): Promise<void> => {
  const buses = await toBusHub(options).get<readonly BusHealthAnswer[]>('/api/v1/buses');
  if (options.json) printJson(buses, 2);
  else printText(formatHealth(buses));
};

import {
  Fault,
  parseRegisterAddress,
  readFunctionOf,
  type BusReadAnswer,
  type BusReadRequest,
  type RegisterAnswer,
} from '@phloem/protocol';
import { formatRead } from '../bus/format-read.ts';
import { listBuses, pickBus, toBusHub, type BusOptions } from './bus-hub.ts';
import { printJson, printText } from './print.ts';

export type BusReadOptions = BusOptions & {
  readonly bus?: string | undefined;
  readonly unit?: number | undefined;
  readonly count: number;
  readonly function?: number | undefined;
  readonly json: boolean;
};

const toRequest = (text: string, { unit, count, function: code }: BusReadOptions): BusReadRequest => {
  const place = parseRegisterAddress(text);
  if (place === null) {
    throw new Fault(
      'cli/usage',
      `"${text}" is not a register: use 40012 or h12 (numbers count from 1), 0x0B (the address on the wire, from 0), or with a unit 3/40012`,
    );
  }
  const which = place.unit ?? unit;
  if (which === undefined) throw new Fault('cli/usage', `name the unit: 3/${text}, or --unit 3`);
  const chosen = code ?? readFunctionOf[place.table];
  if (chosen !== 1 && chosen !== 2 && chosen !== 3 && chosen !== 4)
    throw new Fault('cli/usage', `function ${chosen} does not read; 1 to 4 do`);
  return { unit: which, function: chosen, address: place.address, count };
};

/** Reads registers through the running hub, and shows them in every way that they can be read. Ends with 1 when none came. */
export const readBus = async (text: string, options: BusReadOptions): Promise<void> => {
  const request = toRequest(text, options);
  const hub = toBusHub(options);
  const { bus } = pickBus(await listBuses(hub), options.bus);
  const answer = await hub.post<BusReadAnswer>(`/api/v1/buses/${encodeURIComponent(bus)}/read`, request);
  if (options.json) printJson({ ...request, ...answer }, 2);
  else printText(formatRead(request, answer, await hub.get<readonly RegisterAnswer[]>('/api/v1/registers')));
  if (answer.outcome !== 'answered') process.exitCode = 1;
};

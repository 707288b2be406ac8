import type { DeviceId, DeviceValue, Term } from '@phloem/protocol';

/** What a row asks for. */
export type StateRequest = {
  readonly device: DeviceId;
  readonly value: DeviceValue;
  /** Changes when the row is written, such as the time of that. */
  readonly version: string;
};

/** What has been handed to the hub under the lease that is held. */
export type RequestsState = { readonly term: Term | null; readonly sent: ReadonlyMap<DeviceId, StateRequest> };

export const noRequests: RequestsState = { term: null, sent: new Map() };

export type RequestsStep = { readonly state: RequestsState; readonly requests: readonly StateRequest[] };

/**
 * Pure: what must be requested so that the hub stands where the rows do. Under a new term everything is requested again, since a grant cancels what stood. A
 * request that was refused is repeated when its row is written again, not before.
 */
export const stepRequests = (
  before: RequestsState,
  term: Term,
  rows: readonly StateRequest[],
  refused: (device: DeviceId) => boolean,
): RequestsStep => {
  const sent = new Map(before.term === term ? before.sent : []);
  const requests = rows.filter((row) => {
    const known = sent.get(row.device);
    return known === undefined || known.value !== row.value || (known.version !== row.version && refused(row.device));
  });
  for (const request of requests) sent.set(request.device, request);
  return { state: { term, sent }, requests };
};

/** Pure: the request of a device never took effect, so it is made again from its row. */
export const forgetRequest = ({ term, sent }: RequestsState, device: DeviceId): RequestsState => ({
  term,
  sent: new Map([...sent].filter(([id]) => id !== device)),
});

const words: Readonly<Record<string, boolean>> = { on: true, off: false, true: true, false: false, open: true, closed: false };

/** What a cell asks for; null where that cannot be read. `values` says what words of the program mean, such as 1 for on. */
export const toDeviceValue = (cell: unknown, values: Readonly<Record<string, boolean | number>>): DeviceValue | null => {
  if (cell === null || cell === undefined) return null;
  if (typeof cell !== 'string' && typeof cell !== 'number' && typeof cell !== 'boolean' && typeof cell !== 'bigint') return null;
  const text = String(cell).trim();
  if (Object.hasOwn(values, text)) return values[text] ?? null;
  if (typeof cell === 'boolean') return cell;
  const word = words[text.toLowerCase()];
  if (word !== undefined) return word;
  const number = text === '' ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : null;
};

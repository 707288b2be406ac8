import { parseWantedChange, type QueuedRequest } from '@phloem/bridge';

/** An entry of a stream: its id, and its fields. */
export type StreamEntry = { readonly id: string; readonly message: Readonly<Record<string, string>> };

const millisOf = (id: string): number => Number(id.split('-')[0]);

/** Pure: what an entry asks for. `serverNow` is the time of the server in milliseconds, which also made the id. */
export const toQueuedRequest = ({ id, message }: StreamEntry, serverNow: number): QueuedRequest => ({
  id,
  wanted: parseWantedChange(message),
  ageMs: serverNow - millisOf(id),
});

const partsOf = (id: string): readonly [bigint, bigint] => {
  const [millis = '0', sequence = '0'] = id.split('-');
  return [BigInt(millis), BigInt(sequence)];
};

/** The older of two ids of a stream. */
export const olderId = (a: string, b: string): string => {
  const [left, right] = [partsOf(a), partsOf(b)];
  return left[0] < right[0] || (left[0] === right[0] && left[1] <= right[1]) ? a : b;
};

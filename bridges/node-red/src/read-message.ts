import { createParse, DeviceId, Fault } from '@phloem/protocol';
import type { FlowRequest } from './hub-connection.ts';
import type { FlowMessage } from './node-red.ts';

const parseDevice = createParse(DeviceId, 'msg.device');
const requestId = /^[A-Za-z0-9_.:-]{1,64}$/;
const longestTtlMs = 3_600_000;
const longestOverrideMs = 86_400_000;

/** The device that a message or the settings of its node name; the message wins. */
export const readDevice = (message: FlowMessage, configured: string): string => {
  const device = message['device'] ?? (configured.trim() === '' ? undefined : configured.trim());
  if (device === undefined) throw new Fault('command/unknown-device', 'no device: enter one in the node, or set msg.device');
  return parseDevice(device);
};

const words: Readonly<Record<string, boolean>> = { on: true, true: true, off: false, false: false };

/** The value that a message asks for: true, false, "on", "off" or a number. */
export const readValue = (payload: unknown): boolean | number => {
  if (typeof payload === 'boolean') return payload;
  if (typeof payload === 'number' && Number.isFinite(payload)) return payload;
  const word = typeof payload === 'string' ? words[payload.trim().toLowerCase()] : undefined;
  if (word !== undefined) return word;
  throw new Fault(
    'command/value',
    `msg.payload is ${JSON.stringify(payload) ?? 'missing'}, and must be true, false, "on", "off" or a number`,
  );
};

const readReason = (message: FlowMessage, configured: string, fallback: string): string => {
  const reason = typeof message['reason'] === 'string' ? message['reason'].trim() : configured.trim();
  return (reason === '' ? fallback : reason).slice(0, 400);
};

const readSeconds = (given: unknown, configured: number, { name, maxMs }: { readonly name: string; readonly maxMs: number }): number => {
  const value = given === undefined ? configured : given;
  if (typeof value !== 'number' || !(value > 0) || value * 1000 > maxMs) {
    throw new Fault(
      'protocol/invalid',
      `${name} is ${JSON.stringify(value) ?? 'missing'}, and must be a number above 0, at most ${maxMs / 1000}`,
    );
  }
  return Math.max(1, Math.round(value * 1000));
};

export type RequestSettings = { readonly device: string; readonly ttlSeconds: number; readonly reason: string };

/** The request of a message. Its id is `msg.requestId`, or comes from the message: the same message is the same request. */
export const readRequest = (message: FlowMessage, settings: RequestSettings, fallbackId: string): FlowRequest => {
  const own = message['_msgid'];
  const id = message['requestId'] ?? `nr-${typeof own === 'string' ? own : fallbackId}`;
  if (typeof id !== 'string' || !requestId.test(id)) {
    throw new Fault('protocol/invalid', 'msg.requestId must have 1 to 64 letters, digits or _ . : -');
  }
  return {
    id,
    device: readDevice(message, settings.device),
    value: readValue(message['payload']),
    ttlMs: readSeconds(message['ttlSeconds'], settings.ttlSeconds, { name: 'the time to live in seconds', maxMs: longestTtlMs }),
    reason: readReason(message, settings.reason, 'requested by a flow of Node-RED'),
  };
};

export type OverrideSettings = { readonly device: string; readonly minutes: number; readonly reason: string };

/** What a message wants of an override: to set it, always with an end, or to release it. */
export type OverrideAction =
  | {
      readonly kind: 'set';
      readonly device: string;
      readonly body: { readonly value: boolean | number; readonly reason: string; readonly forMs: number };
    }
  | { readonly kind: 'release'; readonly device: string; readonly body: { readonly reason: string } };

/** The override of a message. The payload `"release"` releases it. */
export const readOverride = (message: FlowMessage, settings: OverrideSettings): OverrideAction => {
  const device = readDevice(message, settings.device);
  const reason = readReason(message, settings.reason, 'Node-RED');
  if (message['payload'] === 'release') return { kind: 'release', device, body: { reason } };
  const given = message['minutes'];
  const seconds = typeof given === 'number' ? given * 60 : given;
  const forMs = readSeconds(seconds, settings.minutes * 60, { name: 'the length of the override in seconds', maxMs: longestOverrideMs });
  return { kind: 'set', device, body: { value: readValue(message['payload']), reason, forMs: Math.max(1000, forMs) } };
};

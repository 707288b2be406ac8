import type { DeviceValue } from '@phloem/protocol';
import { toDeviceValue } from './step-requests.ts';
import type { WantedChange } from './request-queue.ts';

const devicePattern = /^[a-z][a-z0-9_]{0,62}\/[a-z][a-z0-9_]{0,62}$/;
const modePattern = /^[a-z][a-z0-9_-]{0,31}$/;
const idPattern = /^[A-Za-z0-9_.:-]{1,64}$/;
const maxTtlMs = 3_600_000;

/** What the members of a message are called. */
const members: readonly string[] = ['id', 'device', 'value', 'op', 'ttlMs', 'reason'];

/** Claims that the hub accepts a text as the id of a request. */
export const isRequestId = (id: unknown): id is string => typeof id === 'string' && idPattern.test(id);

/** A word that is neither on nor off nor a number names a mode. */
const toValue = (cell: unknown): DeviceValue | null =>
  toDeviceValue(cell, {}) ?? (typeof cell === 'string' && modePattern.test(cell.trim()) ? cell.trim() : null);

const show = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 120);

/** Pure: what a message asks for, or why that cannot be read. Members come as JSON, or all as text. */
export const parseWantedChange = (message: unknown): WantedChange | string => {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return `expected an object, found ${show(message)}`;
  const found = message as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(found).find((name) => !members.includes(name));
  if (unknown !== undefined) return `unknown member ${show(unknown)}; known are ${members.join(', ')}`;
  const { device, op = 'set', reason = null, ttlMs: given = null } = found;
  if (typeof device !== 'string' || !devicePattern.test(device))
    return `device: expected a device, such as flower_room/fan, found ${show(device)}`;
  const value = toValue(found['value']);
  if (value === null) return `value: expected on, off, a number or a mode, found ${show(found['value'])}`;
  if (op !== 'set' && op !== 'momentary') return `op: expected set or momentary, found ${show(op)}`;
  const ttlMs = given === null ? null : Number(given);
  if (ttlMs !== null && !(ttlMs >= 1 && ttlMs <= maxTtlMs)) return `ttlMs: expected 1 to ${maxTtlMs}, found ${show(given)}`;
  if (reason !== null && (typeof reason !== 'string' || reason === '' || reason.length > 400)) {
    return `reason: expected a text of up to 400 characters, found ${show(reason)}`;
  }
  return { device, value, op, ttlMs, reason };
};

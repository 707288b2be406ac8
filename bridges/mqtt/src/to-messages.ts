import type { BridgeRecord } from '@phloem/bridge';
import { toIsoText, type PointId } from '@phloem/protocol';

/** One publication. The broker deletes it by itself after `expirySeconds`; null keeps it. */
export type MqttMessage = { readonly topic: string; readonly payload: string; readonly expirySeconds: number | null };

export type MessageContext = {
  readonly prefix: string;
  /** For how long a reading of a point is current. */
  readonly lifetimeMs: (point: PointId) => number;
  /** Milliseconds since 1970. */
  readonly now: number;
};

export const toStateTopic = (prefix: string, id: string): string => `${prefix}/${id}/state`;

/**
 * Pure: what a record says to the readers of a broker. A reading that is older than its lifetime says nothing: a broker shows what it keeps
 * as current.
 */
export const toMessages = (record: BridgeRecord, { prefix, lifetimeMs, now }: MessageContext): readonly MqttMessage[] => {
  if (record.kind !== 'entry') return [];
  const { entry } = record;
  const at = toIsoText(entry.at);
  if (entry.kind === 'device' && (entry.phase === 'confirmed' || entry.phase === 'unknown')) {
    // What was confirmed before is no longer known to be so.
    const value = entry.phase === 'confirmed' ? entry.value : null;
    return [{ topic: toStateTopic(prefix, entry.device), payload: JSON.stringify({ value, at }), expirySeconds: null }];
  }
  if (entry.kind !== 'sensor') return [];
  return Object.entries(entry.readings).flatMap(([measurement, { v, q }]) => {
    const point = `${entry.location}/${entry.cluster}/${measurement}`;
    // What seems to be of the future, by a clock that is behind that of the hub, lives no longer than what is new.
    const leftMs = lifetimeMs(point) - Math.max(0, now - entry.at);
    if (leftMs < 1000) return [];
    const payload = JSON.stringify({ value: v, quality: q, at });
    return [{ topic: toStateTopic(prefix, point), payload, expirySeconds: Math.floor(leftMs / 1000) }];
  });
};

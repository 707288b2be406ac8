import type { DeviceSpan } from '@phloem/protocol';
import type { DeviceView } from '../devices/device-view.ts';
import type { SiteTime } from '../format/site-time.ts';
import { toPlainReason, type ReasonPlace } from '../why/plain-reason.ts';
import { toSpanAt, toSpanSentence } from './device-lane.ts';

/** The moment that `Why?` was asked of; `newest` follows the device; null when the answer is closed. */
export type AskedAt = number | 'newest' | null;

/** Which state `Why?` is about. */
export type LaneAnswer = {
  /** Null where no state is known. */
  readonly span: DeviceSpan | null;
  /** The position of the state among all; -1 where none is known. */
  readonly index: number;
  /** What the hub decided and the device has not confirmed; empty without such a decision. */
  readonly pending: string;
};

/** What of a device the sentences of its lane need. */
type LaneDevice = Pick<DeviceView, 'phase' | 'standing' | 'reason' | 'why' | 'failSafe' | 'since'>;

/** Where the sentences stand: the time of the site, the device, and what ids are called. */
export type LanePlace = ReasonPlace & { readonly time: SiteTime };

/** The state that was asked for. A decision that is newer than the newest confirmation is added to it. */
export const toLaneAnswer = (askedAt: AskedAt, spans: readonly DeviceSpan[], device: LaneDevice, place: LanePlace): LaneAnswer => {
  if (askedAt === null) return { span: null, index: -1, pending: '' };
  if (askedAt !== 'newest') {
    const span = toSpanAt(spans, askedAt);
    return { span, index: span === null ? -1 : spans.indexOf(span), pending: '' };
  }
  const isPending = device.phase !== 'confirmed' && device.phase !== 'none';
  return {
    span: spans.at(-1) ?? null,
    index: spans.length - 1,
    pending: isPending ? [device.standing, toPlainReason(device.reason, place)].filter(Boolean).join(': ') : '',
  };
};

/** What to ask of to see the state at this position; null where there is none. The last one follows the device. */
export const toAskedAt = (spans: readonly DeviceSpan[], index: number): { readonly askedAt: AskedAt; readonly from: number } | null => {
  const span = spans[index];
  return span === undefined ? null : { askedAt: index === spans.length - 1 ? 'newest' : span.from, from: span.from };
};

/** Why the device is as it is; with a cursor, why it was so at that moment. */
export const toLaneSentence = (
  device: LaneDevice,
  spans: readonly DeviceSpan[],
  { cursorAt, now, place }: { readonly cursorAt: number | null; readonly now: number; readonly place: LanePlace },
): string => {
  if (cursorAt === null) {
    if (device.why === '') return `fail-safe: ${device.failSafe}`;
    const since = device.since === '' ? '' : `${device.since.split(',')[0]}: `;
    return `${since}${toPlainReason(device.reason, place)}`;
  }
  const hovered = cursorAt > now ? null : toSpanAt(spans, cursorAt);
  return hovered === null ? `${place.time.clock(cursorAt)} not known` : toSpanSentence(hovered, place.time, now, place);
};

/** Where the cursor stands on the strip, as a share of its width; null beside it. */
export const toCursorShare = (cursorAt: number | null, from: number, now: number): number | null =>
  cursorAt === null || cursorAt < from || cursorAt > now ? null : (cursorAt - from) / (now - from);

/** A share of the width as a length in a drawing. */
export const toPercent = (share: number): string => `${(share * 100).toFixed(3)}%`;

import {
  factsOf,
  renderReason,
  toIsoText,
  type AlarmStatus,
  type Epoch,
  type Lsn,
  type PointLayout,
  type PointState,
} from '@phloem/protocol';
import { isSelected } from './select-ids.ts';

/** What the hub reports of its points and alarms: all of it, or what changed. `at` and `up` are the hub's clocks. */
export type HubState = {
  readonly kind: 'snapshot' | 'changes';
  readonly epoch: Epoch;
  readonly version: Lsn;
  readonly at: number;
  readonly up: number;
  readonly layout: readonly PointLayout[];
  readonly points: readonly PointState[];
  readonly alarms: readonly AlarmStatus[];
};

/** What a readings node emits. `payload` is null unless the value is live and usable; `last` is for display only. */
export type ReadingMessage = {
  readonly topic: string;
  readonly payload: number | boolean | null;
  readonly quality: PointState['q'];
  readonly reason: string | null;
  readonly unit: string;
  readonly isLive: boolean;
  readonly reportedAt: string | null;
  readonly last: number | boolean | null;
};

export type ReadingsEvent = { readonly kind: 'state'; readonly state: HubState } | { readonly kind: 'cut'; readonly reason: string };

/** The newest message of each point. */
export type ReadingsState = ReadonlyMap<string, ReadingMessage>;
export type ReadingsStep = { readonly state: ReadingsState; readonly messages: readonly ReadingMessage[] };

const isUsable = (quality: PointState['q']): boolean => quality === 'good' || quality === 'uncertain';

const toMessage = (point: PointState, state: HubState, before: ReadingMessage | undefined): ReadingMessage => {
  const layout = state.layout.find(({ id }) => id === point.id);
  const isLive = isUsable(point.q) && point.v !== null;
  return {
    topic: point.id,
    payload: isLive ? point.v : null,
    quality: point.q,
    reason: point.why === undefined ? null : renderReason(point.why, { time: toIsoText }),
    unit: layout === undefined ? (before?.unit ?? '') : factsOf(layout.quantity).unit,
    isLive,
    reportedAt: point.reported === null ? null : toIsoText(state.at - (state.up - point.reported)),
    last: isLive ? point.v : (point.last ?? before?.last ?? null),
  };
};

/** Pure: which messages follow from a state of the hub, or from the end of the connection. After a cut no value is live. */
export const stepReadings = (before: ReadingsState, event: ReadingsEvent, selection: readonly string[]): ReadingsStep => {
  if (event.kind === 'cut') {
    const cut = [...before.values()].filter(({ isLive }) => isLive);
    const messages = cut.map((message) => ({ ...message, payload: null, quality: 'stale', reason: event.reason, isLive: false }) as const);
    return { state: new Map([...before, ...messages.map((message) => [message.topic, message] as const)]), messages };
  }
  const points = event.state.points.filter(({ id }) => isSelected(selection, id));
  const messages = points.map((point) => toMessage(point, event.state, before.get(point.id)));
  // A snapshot is everything: a point that it lacks no longer exists.
  const kept = event.state.kind === 'snapshot' ? [] : before;
  return { state: new Map([...kept, ...messages.map((message) => [message.topic, message] as const)]), messages };
};

import type { AlarmDraft } from './field-alarms.ts';

type Alarm = {
  /** When it was raised, of late. */
  readonly raisedAt: readonly number[];
  /** The end that is held back, and since when. */
  readonly held: { readonly draft: AlarmDraft; readonly since: number } | null;
};

/** Which alarms come and go of late. */
export type Chatter = ReadonlyMap<string, Alarm>;

export type ChatterStep = { readonly state: Chatter; readonly drafts: readonly AlarmDraft[] };

/** Before any alarm. */
export const noChatter: Chatter = new Map();

/** Raised so often within this time, an alarm chatters. */
const maxRaised = 3;
const withinMs = 600_000;
/** A chattering alarm ends when its cause has been gone for so long. */
const calmMs = 60_000;

const quiet: Alarm = { raisedAt: [], held: null };

const hold = (alarm: Alarm, draft: AlarmDraft, now: number): { readonly alarm: Alarm; readonly drafts: readonly AlarmDraft[] } => {
  if (draft.state === 'active') {
    const raisedAt = [...alarm.raisedAt.filter((at) => now - at < withinMs), now];
    // Its end was held back: for everybody it has stood all the time.
    return { alarm: { raisedAt, held: null }, drafts: alarm.held === null ? [draft] : [] };
  }
  const isChattering = alarm.raisedAt.filter((at) => now - at < withinMs).length >= maxRaised;
  return isChattering ? { alarm: { ...alarm, held: { draft, since: now } }, drafts: [] } : { alarm, drafts: [draft] };
};

/**
 * Pure: lets alarms pass, but one that comes and goes. From its third time within ten minutes it stands until its cause has
 * been gone for a minute. Called without drafts as time passes.
 */
export const stepChatter = (state: Chatter, drafts: readonly AlarmDraft[], now: number): ChatterStep => {
  const next = new Map(state);
  const passed: AlarmDraft[] = [];
  for (const draft of drafts) {
    const step = hold(next.get(draft.alarm) ?? quiet, draft, now);
    next.set(draft.alarm, step.alarm);
    passed.push(...step.drafts);
  }
  for (const [id, { held }] of next) {
    if (held === null || now - held.since < calmMs) continue;
    next.delete(id);
    passed.push(held.draft);
  }
  return { state: drafts.length === 0 && passed.length === 0 ? state : next, drafts: passed };
};

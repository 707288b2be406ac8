/** Why a contact moved: a write on the bus, a power cut, a person, or a stuck contact that came loose. */
export type MoveReason = 'write' | 'power' | 'hand' | 'loose';

/** A relay: what its coil is commanded, and what its contact does, which are two things. */
export type Relay = {
  readonly isCommanded: boolean;
  readonly isClosed: boolean;
  readonly isStuck: boolean;
  /** When the contact will have moved, in simulator time, and what moves it; null at rest. */
  readonly move: { readonly atMs: number; readonly why: MoveReason; readonly cause: number | null } | null;
};

/** A relay that has never been commanded. */
export const restingRelay: Relay = { isCommanded: false, isClosed: false, isStuck: false, move: null };

/** Commands the coil; the contact follows 20 to 80 ms later, if it is not stuck. `cause` is the ledger's number of the write. */
export const commandRelay = (
  relay: Relay,
  isCommanded: boolean,
  at: { readonly nowMs: number; readonly why: MoveReason; readonly cause: number | null },
  random: () => number,
): Relay => {
  const isUnderWay = relay.move !== null && relay.isCommanded === isCommanded;
  if (isUnderWay) return relay;
  const move =
    relay.isClosed === isCommanded || relay.isStuck ? null : { atMs: at.nowMs + 20 + 60 * random(), why: at.why, cause: at.cause };
  return { ...relay, isCommanded, move };
};

/** Jams the contact where it is, or lets it loose, upon which it follows its coil. */
export const stickRelay = (relay: Relay, isStuck: boolean, nowMs: number, random: () => number): Relay =>
  isStuck
    ? { ...relay, isStuck, move: null }
    : commandRelay({ ...relay, isStuck, move: null }, relay.isCommanded, { nowMs, why: 'loose', cause: null }, random);

/** The relay after its contact has moved, when it was due by `nowMs`. */
export const settleRelay = (relay: Relay, nowMs: number): Relay =>
  relay.move === null || relay.move.atMs > nowMs ? relay : { ...relay, isClosed: relay.isCommanded, move: null };

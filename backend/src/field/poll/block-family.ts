import { millis, type Millis } from '@phloem/protocol';
import type { BusOutcome } from '../bus/bus-outcome.ts';
import { cutBlock, halveBlock, type PollBlock } from './block-plan.ts';
import { toAtoms } from './poll-atoms.ts';
import { classify, toHolePause, toHold, type Reply } from './hold.ts';
import { toWiderBlocks } from './wider-blocks.ts';

/** One of the requests that a planned block has become, and how it has been answered of late. */
export type Piece = {
  readonly block: PollBlock;
  readonly state: 'untried' | 'good' | 'refused';
  /** The newest outcome that was no value; null while it is good. */
  readonly seen: BusOutcome | null;
  /** Refusals, or time-outs, in a row. */
  readonly failures: number;
  readonly failedAt: number | null;
  /** How often it was put off in a row. */
  readonly holds: number;
  readonly nextAt: number;
};

/**
 * A planned block and what has been learned about it. A block that is refused, or not answered by a unit that lives, is cut
 * until the good registers are read; what is left over is a hole, which is asked rarely.
 */
export type Family = {
  readonly whole: PollBlock;
  readonly pieces: readonly Piece[];
  /** Refusals in a row since anything was good. */
  readonly misses: number;
  /** Larger blocks that the unit might answer instead; null while nobody has thought of them. */
  readonly wider: readonly PollBlock[] | null;
  /** Which part of the block is asked next in its place, to see whether the unit lives. */
  readonly sign: number;
  /** When a sign of life came last. */
  readonly livedAt: number | null;
  /** When the whole is tried again, and the pause after that. */
  readonly mergeAt: number;
  readonly mergePause: number;
  /** A block that was refused down to its single registers is not cut again before this. */
  readonly cutAfter: number;
  /** Claims that the unit was silent since its newest answer. */
  readonly wasSilent: boolean;
  /** What was seen when the block was first cut. */
  readonly cutBy: BusOutcome | null;
};

/** What a round asks: a piece, the whole again, or something else in place of it. `restMs`: after the unit was left alone for so long. */
export type FamilyAsk = { readonly kind: 'piece' | 'merge' | 'sign' | 'wider'; readonly block: PollBlock; readonly restMs: Millis };

/** `searching`: it may still turn out to be readable in another way; nothing is reported yet. */
export type Told = {
  readonly block: PollBlock;
  readonly outcome: BusOutcome;
  readonly verdict: 'final' | 'searching';
  /** How often in a row it was so; 0 for an answer. */
  readonly times: number;
};

export type FamilyStep = { readonly family: Family; readonly told: Told };

const noRest = millis(0);
/** A unit that needs a pause between requests answers after this one. */
const restMs = millis(300);
const probesPerRound = 2;
/** So many time-outs of a unit that answers otherwise make a hole. */
const silencesNeeded = 3;
/** So many refusals without one good register: nothing is to be read there. */
const maxMisses = 12;
const maxPieces = 32;
const firstMerge = 3_600_000;
const longestMerge = 86_400_000;
const searchAgain = 600_000;

const toPiece = (block: PollBlock): Piece => ({ block, state: 'untried', seen: null, failures: 0, failedAt: null, holds: 0, nextAt: 0 });

/** A block of which nothing is known. */
export const startFamily = (whole: PollBlock): Family => ({
  whole,
  pieces: [toPiece(whole)],
  misses: 0,
  wider: null,
  sign: 0,
  livedAt: null,
  mergeAt: 0,
  mergePause: firstMerge,
  cutAfter: 0,
  wasSilent: false,
  cutBy: null,
});

const isWhole = ({ pieces }: Family): boolean => pieces.length === 1;

/** Claims that some registers of the block are read while others are not. */
export const isSplit = (family: Family): boolean => !isWhole(family);

/** The parts by which a silent unit shows that it lives: the halves, and the first and the last value. */
const toSigns = (block: PollBlock): readonly PollBlock[] => {
  const last = toAtoms(block.items, block.quirks).length - 1;
  return [...(halveBlock(block) ?? []), ...[cutBlock(block, 1)?.[0], cutBlock(block, last)?.[1]].filter((part) => part !== undefined)];
};

/** A silent unit is asked for the whole and for a part in turns: what may be silent is one register of it. */
const toSign = (family: Family): PollBlock | null => {
  const [only] = family.pieces;
  if (only === undefined || !isWhole(family) || only.failures < 2 || only.failures % 2 === 1 || family.misses > 0) return null;
  if (family.livedAt !== null && family.livedAt >= (only.failedAt ?? 0)) return null;
  const signs = toSigns(only.block);
  return signs[family.sign % Math.max(1, signs.length)] ?? null;
};

/** What to ask in a round, in order: what is good, and at most two requests that look for what else is. */
export const toAsks = (family: Family, now: number, isDue: (block: PollBlock) => boolean): readonly FamilyAsk[] => {
  const [wider] = family.wider ?? [];
  if (wider !== undefined) return [{ kind: 'wider', block: wider, restMs: noRest }];
  const sign = toSign(family);
  if (sign !== null) return isDue(family.whole) ? [{ kind: 'sign', block: sign, restMs }] : [];
  const isGood = family.pieces.every(({ state }) => state === 'good');
  if (isSplit(family) && isGood && now >= family.mergeAt) return [{ kind: 'merge', block: family.whole, restMs: noRest }];
  const toAsk = ({ block, failures, seen }: Piece): FamilyAsk => ({
    kind: 'piece',
    block,
    restMs: failures > 0 && seen?.kind === 'failed' ? restMs : noRest,
  });
  const due = family.pieces.filter(({ block }) => isDue(block));
  const known = due.filter(({ state, failures }) => state === 'good' && failures === 0);
  const probes = due.filter((piece) => !known.includes(piece) && piece.nextAt <= now).slice(0, probesPerRound);
  return [...known, ...probes].map(toAsk);
};

/** How long nothing of the block is asked on purpose. */
export const toFamilyHold = (family: Family, now: number): number =>
  (family.wider ?? []).length > 0
    ? 0
    : Math.max(0, Math.min(...family.pieces.map(({ state, nextAt }) => (state === 'good' ? now : nextAt))) - now);

const replace = (family: Family, old: Piece, ...next: readonly Piece[]): Family => ({
  ...family,
  pieces: family.pieces.flatMap((piece) => (piece === old ? next : [piece])),
});

const toGood = (piece: Piece): Piece => ({ ...piece, state: 'good', seen: null, failures: 0, failedAt: null, holds: 0, nextAt: 0 });

/** An answer after a silence: perhaps another unit is there now, and what was a hole in the old one is none in it. */
const afterSilence = (family: Family): Family =>
  family.wasSilent ? { ...family, wasSilent: false, pieces: family.pieces.map((piece) => ({ ...piece, nextAt: 0 })) } : family;

const accept = (family: Family, ask: FamilyAsk, now: number): Family => {
  const alive = afterSilence({ ...family, misses: 0 });
  switch (ask.kind) {
    case 'wider':
      return { ...startFamily(ask.block), pieces: [toGood(toPiece(ask.block))], wider: [] };
    case 'merge':
      return { ...alive, pieces: [toGood(toPiece(family.whole))], mergePause: firstMerge };
    case 'sign':
      return { ...alive, livedAt: now, sign: 0 };
    case 'piece': {
      const piece = alive.pieces.find(({ block }) => block === ask.block);
      if (piece === undefined) return alive;
      // A hole that has closed: perhaps all of it can be one request again.
      const next = replace(alive, piece, toGood(piece));
      return piece.state === 'refused' ? { ...next, mergeAt: now } : next;
    }
  }
};

/** Nothing good was found anywhere: it stays one request, which is asked rarely. */
const collapse = (family: Family, outcome: BusOutcome, now: number): FamilyStep => {
  const whole: Piece = {
    ...toPiece(family.whole),
    state: 'refused',
    seen: outcome,
    failures: 1,
    holds: 4,
    nextAt: now + toHold(outcome, 4),
  };
  const told: Told = { block: family.whole, outcome, verdict: 'final', times: maxMisses };
  return { family: { ...family, pieces: [whole], misses: 0, cutAfter: now + searchAgain }, told };
};

const mayCut = (family: Family, now: number): boolean => now >= family.cutAfter && family.pieces.length < maxPieces;

/** Without a good register so far, single ones are tried beside the halves: they find out soonest whether there is any. */
const toParts = ({ misses }: Family, block: PollBlock): readonly [PollBlock, PollBlock] | null =>
  (misses > 2 ? cutBlock(block, 1) : null) ?? halveBlock(block);

const divide = (family: Family, piece: Piece, outcome: BusOutcome, now: number): FamilyStep | null => {
  const parts = mayCut(family, now) ? toParts(family, piece.block) : null;
  if (parts === null) return null;
  const isSilent = outcome.kind === 'failed';
  const children = parts.map((block): Piece => ({
    ...toPiece(block),
    ...(isSilent && { failures: silencesNeeded - 2, failedAt: now, seen: outcome }),
  }));
  const mergeAt = now + family.mergePause;
  return {
    family: { ...replace(family, piece, ...children), mergeAt, cutBy: isSplit(family) ? family.cutBy : outcome },
    told: { block: piece.block, outcome, verdict: 'searching', times: 1 },
  };
};

const putOff = (family: Family, piece: Piece, outcome: BusOutcome, now: number): FamilyStep => {
  const pause = isWhole(family) && outcome.kind === 'exception' ? toHold(outcome, piece.holds) : toHolePause(outcome, piece.holds);
  const next: Piece = {
    ...piece,
    state: 'refused',
    seen: outcome,
    failures: piece.failures + 1,
    failedAt: now,
    holds: piece.holds + 1,
    nextAt: now + pause,
  };
  return { family: replace(family, piece, next), told: { block: piece.block, outcome, verdict: 'final', times: next.failures } };
};

const refuse = (family: Family, piece: Piece, outcome: BusOutcome, reply: Reply, now: number): FamilyStep => {
  const hasGood = family.pieces.some(({ state }) => state === 'good');
  const misses = family.misses + 1;
  if (isSplit(family) && !hasGood && misses >= maxMisses) return collapse(family, outcome, now);
  const counted: Family = { ...family, misses };
  const wider =
    reply === 'unreadable' && isWhole(family) && piece.state !== 'good' && family.wider === null ? toWiderBlocks(piece.block) : [];
  if (wider.length > 0) return { family: { ...counted, wider }, told: { block: piece.block, outcome, verdict: 'searching', times: 1 } };
  const isCuttable = halveBlock(piece.block) !== null && mayCut(counted, now);
  // An ill unit may recover by itself: it is asked once more before anything is cut.
  if (reply === 'ill' && isCuttable && piece.failures === 0) {
    const once: Piece = { ...piece, seen: outcome, failures: 1, failedAt: now };
    return { family: replace(counted, piece, once), told: { block: piece.block, outcome, verdict: 'searching', times: 1 } };
  }
  return divide(counted, piece, outcome, now) ?? putOff(counted, piece, outcome, now);
};

/** A time-out is evidence about the registers only where the unit has answered another request meanwhile. */
const silence = (family: Family, piece: Piece, outcome: BusOutcome, now: number, answeredAt: number | null): FamilyStep => {
  const failures = piece.failures + 1;
  const lived = Math.max(answeredAt ?? Number.NEGATIVE_INFINITY, family.livedAt ?? Number.NEGATIVE_INFINITY);
  const isAlive = piece.failedAt !== null && lived >= piece.failedAt;
  const told: Told = { block: piece.block, outcome, verdict: 'searching', times: failures };
  if (isAlive && failures >= silencesNeeded) {
    const hasGood = family.pieces.some(({ state }) => state === 'good');
    const misses = family.misses + 1;
    if (isSplit(family) && !hasGood && misses >= maxMisses) return collapse(family, outcome, now);
    return divide({ ...family, misses }, piece, outcome, now) ?? putOff({ ...family, misses }, piece, outcome, now);
  }
  const next: Piece = { ...piece, seen: outcome, failures, failedAt: now };
  return { family: { ...replace(family, piece, next), wasSilent: true }, told };
};

const fail = (family: Family, ask: FamilyAsk, outcome: BusOutcome, reply: Reply, now: number, answeredAt: number | null): FamilyStep => {
  const told: Told = { block: ask.block, outcome, verdict: 'searching', times: 1 };
  switch (ask.kind) {
    case 'wider':
      return { family: { ...family, wider: (family.wider ?? []).slice(1) }, told };
    case 'merge': {
      const mergePause = Math.min(longestMerge, family.mergePause * 2);
      return { family: { ...family, mergeAt: now + mergePause, mergePause }, told };
    }
    case 'sign': {
      // A part that is refused is a sign of life all the same.
      const livedAt = reply === 'silent' ? family.livedAt : now;
      const pieces = family.pieces.map((piece) => ({ ...piece, failures: piece.failures + Number(reply === 'silent') }));
      return { family: { ...family, pieces, sign: family.sign + 1, livedAt }, told };
    }
    case 'piece': {
      const piece = family.pieces.find(({ block }) => block === ask.block);
      if (piece === undefined) return { family, told };
      return reply === 'silent' ? silence(family, piece, outcome, now, answeredAt) : refuse(family, piece, outcome, reply, now);
    }
  }
};

/** Pure: what the end of a request says of a block. `answeredAt`: when the unit answered anything last, this excluded. */
export const stepFamily = (family: Family, ask: FamilyAsk, outcome: BusOutcome, now: number, answeredAt: number | null): FamilyStep => {
  const reply = classify(outcome);
  if (reply === 'good') return { family: accept(family, ask, now), told: { block: ask.block, outcome, verdict: 'final', times: 0 } };
  if (reply !== 'none') return fail(family, ask, outcome, reply, now, answeredAt);
  const wasSilent = family.wasSilent || (outcome.kind === 'failed' && outcome.code === 'modbus/timeout');
  return {
    family: wasSilent === family.wasSilent ? family : { ...family, wasSilent },
    told: { block: ask.block, outcome, verdict: 'final', times: 0 },
  };
};

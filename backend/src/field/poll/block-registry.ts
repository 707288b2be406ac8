import { millis } from '@phloem/protocol';
import type { DeviceSpec } from '../../site/site.ts';
import type { RegisterPlace } from '../../site/register.ts';
import type { BusOutcome } from '../bus/bus-outcome.ts';
import { startFamily, stepFamily, toAsks, toFamilyHold, type Family, type FamilyAsk, type Told } from './block-family.ts';
import type { PollBlock } from './block-plan.ts';
import { classify } from './hold.ts';

/** What is known of every planned block: shared by the polls, the read-backs after a write, and anyone who shows it. */
export type BlockRegistry = {
  family(block: PollBlock): Family;
  /** What to ask of a block now. */
  asks(block: PollBlock, now: number, isDue: (block: PollBlock) => boolean): readonly FamilyAsk[];
  /** How long nothing of a block is asked on purpose. */
  holdMs(block: PollBlock, now: number): number;
  /** Takes in how a request ended. */
  step(block: PollBlock, ask: FamilyAsk, outcome: BusOutcome, now: number): Told;
  /** The request that brings a device's read-back, as far as is known; null where none is planned. */
  findReadBack(device: DeviceSpec): { readonly block: PollBlock; readonly ask: FamilyAsk } | null;
};

const noRest = millis(0);

const isSamePlace = (a: RegisterPlace, b: RegisterPlace): boolean =>
  a.bus === b.bus && a.unit === b.unit && a.register.table === b.register.table && a.register.address === b.register.address;

const holds = ({ items }: PollBlock, { readBack }: DeviceSpec): boolean =>
  items.some((item) => item.kind === 'device' && isSamePlace(item.device.readBack, readBack));

/** Makes the registry of a field's blocks; nothing is known at first. */
export const createBlockRegistry = (blocks: readonly PollBlock[]): BlockRegistry => {
  const families = new Map<PollBlock, Family>();
  const answered = new Map<string, number>();
  const family = (block: PollBlock): Family => families.get(block) ?? startFamily(block);
  return {
    family,
    asks: (block, now, isDue) => toAsks(family(block), now, isDue),
    holdMs: (block, now) => toFamilyHold(family(block), now),
    step: (block, ask, outcome, now) => {
      const unit = `${block.bus} ${block.unit}`;
      const step = stepFamily(family(block), ask, outcome, now, answered.get(unit) ?? null);
      families.set(block, step.family);
      const reply = classify(outcome);
      if (reply !== 'silent' && reply !== 'none') answered.set(unit, now);
      return step.told;
    },
    findReadBack: (device) => {
      const block = blocks.find((own) => holds(own, device));
      if (block === undefined) return null;
      const own = family(block);
      const [wider] = own.wider ?? [];
      const piece = wider ?? own.pieces.find((candidate) => holds(candidate.block, device))?.block;
      const kind = wider === undefined ? 'piece' : 'wider';
      return piece === undefined ? null : { block, ask: { kind, block: piece, restMs: noRest } };
    },
  };
};

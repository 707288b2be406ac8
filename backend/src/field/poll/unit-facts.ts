import { toExceptionWords, toRegisterText } from '@phloem/protocol';
import type { BusOutcome } from '../bus/bus-outcome.ts';
import { isSplit, type Family, type Piece } from './block-family.ts';
import type { PollBlock } from './block-plan.ts';

/** Registers of a unit that cannot be read, and what was seen instead. */
export type Hole = {
  readonly function: PollBlock['function'];
  readonly address: number;
  readonly count: number;
  readonly why: string;
};

/** What the polls have found out about a unit. */
export type UnitFacts = {
  readonly holes: readonly Hole[];
  /** What to write down of it, so that the hub need not find it out again. */
  readonly advice: readonly string[];
};

const tables = { 1: 'coil', 2: 'discrete', 3: 'holding', 4: 'input' } as const;

const toSeenWords = (outcome: BusOutcome | null): string => {
  if (outcome?.kind === 'exception') return toExceptionWords(outcome.code);
  return outcome?.kind === 'failed' ? outcome.why : 'refused';
};

const toEnd = ({ block }: Piece): number => block.address + block.count;

const sorted = ({ pieces }: Family): readonly Piece[] => pieces.toSorted((a, b) => a.block.address - b.block.address);

/** The registers between the requests of a cut block: they are read no more, and nobody asked for them. */
const toGaps = (family: Family): readonly Hole[] =>
  sorted(family).flatMap((piece, index, all): readonly Hole[] => {
    const before = all[index - 1];
    const from = before === undefined ? piece.block.address : toEnd(before);
    const count = piece.block.address - from;
    const isRead = before?.state === 'good' && piece.state === 'good';
    return count > 0 && isRead ? [{ function: piece.block.function, address: from, count, why: toSeenWords(family.cutBy) }] : [];
  });

const toHoles = (family: Family): readonly Hole[] => [
  ...family.pieces.flatMap(({ state, block, seen }) =>
    state === 'refused' ? [{ function: block.function, address: block.address, count: block.count, why: toSeenWords(seen) }] : [],
  ),
  ...(isSplit(family) ? toGaps(family) : []),
];

const toAdvice = (planned: PollBlock, family: Family): readonly string[] => {
  const { unit, quirks } = planned;
  const table = tables[planned.function];
  if (family.whole.count > planned.count && quirks?.blocks === undefined) {
    const { address, count } = family.whole;
    return [`unit ${unit} answers only whole blocks; set quirks: { blocks: [{ table: ${table}, address: ${address}, count: ${count} }] }`];
  }
  const isAllGood = isSplit(family) && family.pieces.every(({ state }) => state === 'good');
  if (isAllGood && toGaps(family).length === 0) {
    const most = Math.max(...family.pieces.map(({ block }) => block.count));
    return [
      `unit ${unit} refuses ${planned.count} from ${table} address ${planned.address} at once; set quirks: { maxBlock: { ${table}: ${most} } }`,
    ];
  }
  const gaps = isAllGood ? toGaps(family) : [];
  if (gaps.length === 0 || quirks?.readGaps === false) return [];
  const places = gaps.map(({ function: code, address, count }) => toRegisterText({ function: code, address, count })).join(', ');
  return [`unit ${unit} has nothing at ${places} (${gaps[0]?.why ?? 'refused'}); set quirks: { readGaps: false }`];
};

/** What is known of a unit by its planned blocks and what they have become. */
export const toUnitFacts = (known: readonly { readonly planned: PollBlock; readonly family: Family }[], unit: number): UnitFacts => {
  const own = known.filter(({ planned }) => planned.unit === unit);
  return {
    holes: own.flatMap(({ family }) => toHoles(family)),
    advice: own.flatMap(({ planned, family }) => toAdvice(planned, family)),
  };
};

/** What to write down of a pause that was found by trying. */
export const toGapAdvice = (unit: number, gapMs: number): string =>
  `unit ${unit} answers only after a pause; the hub leaves it ${gapMs} ms: set quirks: { requestGap: ${gapMs}ms }`;

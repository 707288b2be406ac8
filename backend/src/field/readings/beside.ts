import { decodeShape, reasonOf, type Reason } from '@phloem/protocol';
import type { Register, RegisterPart } from '../../site/register.ts';

type Part = { readonly kind: 'raw'; readonly raw: number } | { readonly kind: 'none'; readonly why: Reason };

const readPart = (part: RegisterPart, words: readonly number[], from: number): Part => {
  const raw = decodeShape(part, words.slice(part.address - from));
  if (part.address < from || raw === null) return { kind: 'none', why: reasonOf('reading/too-short') };
  if (!Number.isFinite(raw)) return { kind: 'none', why: reasonOf('reading/no-number', { register: part.address }) };
  if (part.sentinels.includes(raw)) return { kind: 'none', why: reasonOf('reading/no-value', { raw, register: part.address }) };
  return { kind: 'raw', raw };
};

type ScaleFrom = NonNullable<NonNullable<Register['beside']>['scaleFrom']>;

/** The scale that a raw number stands for; null where it stands for none. */
const toScale = ({ as, scales }: ScaleFrom, raw: number): number | null => {
  switch (as) {
    case 'decimals':
      return raw >= 0 && raw <= 15 ? Number(`1e-${raw}`) : null;
    case 'exponent':
      return Math.abs(raw) <= 15 ? Number(`1e${raw}`) : null;
    case 'divisor':
      return raw > 0 ? 1 / raw : null;
    case 'factor':
      return raw === 0 ? null : raw;
    case 'table':
      return scales?.find(([written]) => written === raw)?.[1] ?? null;
  }
};

/** What the registers beside a value's own do to it. */
export type Beside =
  | { readonly kind: 'beside'; readonly plus: number; readonly scale: number }
  | { readonly kind: 'none'; readonly why: Reason };

/** All that stands beside a value: all of it is good, or there is no value. `words` begin at the address `from`. */
export const readBeside = ({ beside }: Pick<Register, 'beside'>, words: readonly number[], from: number): Beside => {
  const { plus = [], scaleFrom, validWhen } = beside ?? {};
  if (validWhen !== undefined) {
    const { part, is, isNot } = validWhen;
    const read = readPart(part, words, from);
    if (read.kind === 'none') return read;
    if ((is !== undefined && !is.includes(read.raw)) || isNot?.includes(read.raw) === true) {
      return { kind: 'none', why: reasonOf('reading/marked-invalid', { register: part.address, raw: read.raw }) };
    }
  }
  let scale = 1;
  if (scaleFrom !== undefined) {
    const read = readPart(scaleFrom.part, words, from);
    if (read.kind === 'none') return read;
    const found = toScale(scaleFrom, read.raw);
    if (found === null) return { kind: 'none', why: reasonOf('reading/no-scale', { register: scaleFrom.part.address, raw: read.raw }) };
    scale = found;
  }
  let sum = 0;
  for (const part of plus) {
    const read = readPart(part, words, from);
    if (read.kind === 'none') return read;
    sum += read.raw * part.scale;
  }
  return { kind: 'beside', plus: sum, scale };
};

import { rawRangeOf } from '@phloem/protocol';
import type { Path } from '@phloem/rules';
import { Type, type Static } from 'typebox';
import { toSpan } from './register-span.ts';
import { findRegisterBreaches } from './check-register.ts';
import type { ProfilePoint } from './profile.ts';
import type { Complain } from './complain.ts';
import type { Register, RegisterPart } from './register.ts';
import { toRegister } from './to-register.ts';
import { besideKeys, type Raws } from './beside-keys.ts';

const BesideParts = Type.Object(besideKeys);
type BesideParts = Static<typeof BesideParts>;
type PartKeys = Omit<NonNullable<BesideParts['plus']>[number], 'scale'> & { readonly scale?: number };

const maxRegisters = 125;

const toPart = (table: ProfilePoint['table'], written: PartKeys): RegisterPart => {
  const { address: at, type: kind, wordOrder: order, scale: factor, sentinels: none, field } = toRegister({ table, ...written });
  return { address: at, type: kind, wordOrder: order, scale: factor, sentinels: none, ...(field !== undefined && { field }) };
};

const toRaws = (raws: Static<typeof Raws>): readonly number[] => (typeof raws === 'object' ? raws : [Number(raws)]);

/** What is read beside a point's own register; undefined where nothing is. `factor` brings the instrument's unit into the canonical one. */
export const toBeside = ({ table, plus, scaleFrom, validWhen }: ProfilePoint, factor: number): Register['beside'] => {
  if (plus === undefined && scaleFrom === undefined && validWhen === undefined) return undefined;
  return {
    ...(plus !== undefined && {
      plus: plus.map((one) => {
        const own = toPart(table, one);
        return { ...own, scale: Number((own.scale * factor).toPrecision(14)) };
      }),
    }),
    ...(scaleFrom !== undefined && {
      scaleFrom: {
        part: toPart(table, toPartKeys(scaleFrom)),
        ...(scaleFrom.scales === undefined
          ? { as: scaleFrom.as ?? 'decimals' }
          : { as: 'table' as const, scales: Object.entries(scaleFrom.scales).map(([raw, one]) => [Number(raw), one] as const) }),
      },
    }),
    ...(validWhen !== undefined && {
      validWhen: {
        part: toPart(table, toPartKeys(validWhen)),
        ...(validWhen.is !== undefined && { is: toRaws(validWhen.is) }),
        ...(validWhen.isNot !== undefined && { isNot: toRaws(validWhen.isNot) }),
      },
    }),
  };
};

const toPartKeys = (written: NonNullable<BesideParts['scaleFrom']> | NonNullable<BesideParts['validWhen']>): PartKeys => {
  const keys = ['as', 'scales', 'is', 'isNot'];
  // What is left are the keys of a part.
  return Object.fromEntries(Object.entries(written).filter(([key]) => !keys.includes(key))) as unknown as PartKeys;
};

const findPartProblems = (table: ProfilePoint['table'], written: PartKeys, path: Path, complain: Complain): void => {
  for (const { key, expected, found, hint } of findRegisterBreaches({ table, ...written })) complain([...path, key], expected, found, hint);
};

const findConditionProblems = (point: ProfilePoint, path: Path, complain: Complain): void => {
  const { table, scaleFrom, validWhen } = point;
  if (scaleFrom !== undefined) {
    findPartProblems(table, toPartKeys(scaleFrom), [...path, 'scaleFrom'], complain);
    if ((scaleFrom.as === undefined) === (scaleFrom.scales === undefined))
      complain([...path, 'scaleFrom'], 'either as or scales', scaleFrom.as === undefined ? 'neither' : 'both');
    for (const [raw, one] of Object.entries(scaleFrom.scales ?? {}))
      if (one === 0) complain([...path, 'scaleFrom', 'scales', raw], 'a scale other than 0, which would lose the value', '0');
  }
  if (validWhen !== undefined) {
    findPartProblems(table, toPartKeys(validWhen), [...path, 'validWhen'], complain);
    const { is, isNot } = validWhen;
    if ((is === undefined) === (isNot === undefined))
      complain([...path, 'validWhen'], 'either is or isNot', is === undefined ? 'neither' : 'both');
    const { field } = toRegister({ table, ...toPartKeys(validWhen) });
    const [min, max] = rawRangeOf({ type: validWhen.type, ...(field !== undefined && { field }) });
    for (const raw of toRaws(is ?? isNot ?? []))
      if (raw < min || raw > max)
        complain([...path, 'validWhen'], `raw values that ${validWhen.type} can hold, ${min} to ${max}`, `${raw}`);
  }
};

/** Complains about what is said of the registers beside a point's own. */
export const findBesideProblems = (point: ProfilePoint, path: Path, complain: Complain): void => {
  const { table, type: own, plus, scaleFrom, validWhen, access, values, totalise } = point;
  const [first] = (['plus', 'scaleFrom', 'validWhen'] as const).filter((key) => point[key] !== undefined);
  if (first === undefined) return;
  if (table === 'coil' || table === 'discrete') return complain([...path, first], `no ${first} in the ${table} table`, table);
  if (access !== 'read') return complain([...path, first], `${first} only where access is read`, access);
  const isNumber =
    own !== 'bit' && values === undefined && point.on === undefined && point.off === undefined && point.quantity !== 'boolean';
  for (const key of ['plus', 'scaleFrom'] as const)
    if (point[key] !== undefined && !isNumber) complain([...path, key], `no ${key} but on a number`, own);
  if (plus !== undefined && scaleFrom !== undefined) complain([...path, 'scaleFrom'], 'either plus or scaleFrom', 'both');
  if (totalise !== undefined && scaleFrom !== undefined)
    complain([...path, 'scaleFrom'], 'no scaleFrom beside totalise: a change of it would change what was counted', 'both');
  plus?.forEach((one, index) => findPartProblems(table, one, [...path, 'plus', index], complain));
  findConditionProblems(point, path, complain);
  const beside = toBeside(point, 1);
  const { address: from, count } = toSpan({ address: point.address, type: own, ...(beside !== undefined && { beside }) });
  if (count > maxRegisters) {
    const hint = 'registers of one value are read in one request; read the other one as a point of its own';
    complain(
      [...path, validWhen === undefined ? first : 'validWhen'],
      `registers within ${maxRegisters} of each other`,
      `${from} to ${from + count - 1}`,
      hint,
    );
  }
};

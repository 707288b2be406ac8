import { describe, expect, it } from 'vitest';
import { quantityNames } from '@phloem/protocol';
import { dimensionOf, isSameDimension } from '../units/dimension.ts';
import type { SiteModel } from '../site-model.ts';
import { compileTexts, head, problemsOf, room } from './testing.ts';

const numeric = quantityNames.filter((quantity) => quantity !== 'boolean');
// A rate of each, and a gain over each: dimensions that no quantity has.
const site: SiteModel = {
  ...room,
  points: quantityNames.map((quantity) => ({ id: `room/all/${quantity}`, quantity })),
};
const inputs = quantityNames.map((quantity) => `    ${quantity}: { point: room/all/${quantity}, maxAge: 60s }\n`).join('');
const signals = (body: string): string => `${head('Signals', 'room/s')}spec:\n  inputs:\n${inputs}  signals:\n${body}\n`;
const perHour = (of: string): string => {
  const [problem] = problemsOf([signals(`    r: { rate: { of: ${of}, window: 10min, unit: "furlong/fortnight" } }`)], site);
  return problem?.expected.split(', ')[0]?.replace(/\/s$/, '/h') ?? '';
};

/** The units that a message proposes, one by one. */
const proposalsOf = (body: string): readonly string[] => {
  const [problem] = problemsOf([signals(body)], site);
  return (problem?.expected ?? '').split(/, | or /);
};

describe('what a message of the unit checker proposes is taken', () => {
  it.each(numeric)('for a rate of %s', (of) => {
    const body = (unit: string): string => `    r: { rate: { of: ${of}, window: 10min, unit: "${unit}" } }`;
    const proposals = proposalsOf(body('furlong/fortnight'));
    expect(proposals).toHaveLength(4);
    for (const proposal of proposals) expect(() => compileTexts([signals(body(proposal))], site)).not.toThrow();
  });

  it.each(['1/h', '/h', 'number/h'])('for the rate of a plain number, and other ways to write it: %s', (unit) => {
    const body = `    r: { rate: { of: number, window: 10min, unit: "${unit}" } }`;
    expect(() => compileTexts([signals(body)], site)).not.toThrow();
    expect(proposalsOf(body.replace(unit, 'K/h'))).toEqual(['1/s', '1/min', '1/h', '1/d']);
  });

  it.each(numeric)('for a rate of a rate of %s, its sum, its delay and a gain over it', (of) => {
    const rate = `    r: { rate: { of: ${of}, window: 10min, unit: "${perHour(of)}" } }\n`;
    for (const make of [
      (unit: string) => `${rate}    x: { rate: { of: r, window: 10min, unit: "${unit}" } }`,
      (unit: string) => `${rate}    x: { integrate: { of: ${of}, resetAt: "06:00", unit: "${unit}" } }`,
      (unit: string) => `${rate}    x: { integrate: { of: r, resetAt: "06:00", unit: "${unit}" } }`,
      (unit: string) => `${rate}    x: { delay: { of: ${of}, by: 5s, unit: "${unit}" } }`,
      (unit: string) => `${rate}    x: { delay: { of: r, by: 5s, unit: "${unit}" } }`,
    ]) {
      const wrong = isSameDimension(dimensionOf(of), dimensionOf('resistance')) ? 'lx' : 'Ω';
      for (const proposal of proposalsOf(make(wrong))) {
        expect(() => compileTexts([signals(make(proposal))], site)).not.toThrow();
      }
    }
  });

  it('for a delay of a claim', () => {
    const make = (unit: string): string => `    x: { delay: { of: boolean, by: 5s, unit: "${unit}" } }`;
    expect(proposalsOf(make('K'))).toEqual(['boolean']);
    expect(() => compileTexts([signals(make('boolean'))], site)).not.toThrow();
  });

  it.each(numeric)('for a slew of %s, and a width beside it', (of) => {
    const make = (slew: string): string => `    x: { expr: '${of}', filter: { slew: "${slew}" } }`;
    const [proposal = ''] = proposalsOf(make('1 furlong'));
    const unit = proposal.replace(/^a quantity in |^a number without a unit$/, '');
    expect(() => compileTexts([signals(make(`1 ${unit}`))], site)).not.toThrow();
  });
});

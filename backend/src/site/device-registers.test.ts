import { describe, expect, it } from 'vitest';
import { loadSite } from './load-site.ts';
import { siteFromContent } from './site-content.ts';
import { profiles, smallSite, devices, problemsOf } from './testing/io/site-texts.ts';

describe('the register of a device', () => {
  /** The keys of a register that say how it is written have no place in one that is only read. */
  const toRead = (register: string): string => register.replaceAll(/, (?:maskWrite|constantBits|writeOn|writeOff): \w+/g, '');
  const heater = (register: string, readBack = toRead(register)): string =>
    devices(`    house/heater:
      kind: switch
      write: { bus: line, unit: 16, register: ${register} }
      readBack: { bus: line, unit: 16, register: ${readBack} }
      failSafe: { after: 10s, value: off }
      merge: exclusive
`);
  const registerOf = (register: string, readBack?: string) => {
    const files = [smallSite, heater(register, readBack)].map((text, index) => ({ path: `${index}.yaml`, text }));
    const loaded = loadSite(files, profiles);
    expect(siteFromContent(loaded.content)).toEqual(loaded.site);
    return loaded.site.devices[0]?.write.register;
  };

  it('may be inverted; a scale on a bit is refused with its place', () => {
    expect(registerOf('{ table: coil, address: 0, type: bit, invert: true }')).toMatchObject({ invert: true });
    expect(
      problemsOf(
        smallSite,
        heater('{ table: coil, address: 0, type: bit, scale: -1, offset: 1 }', '{ table: coil, address: 0, type: bit }'),
      ),
    ).toEqual([
      '1.yaml:8:92 no scale on a bit | -1 | invert: true swaps on and off',
      '1.yaml:8:104 no offset on a bit | 1 | invert: true swaps on and off',
    ]);
  });

  it('names the values that are written, and those that are read', () => {
    expect(
      registerOf('{ table: holding, address: 1, type: u16, on: 0x0100, off: 0x0200 }', '{ table: holding, address: 1, type: u16 }'),
    ).toMatchObject({
      states: { read: { on: 256, off: 512 }, write: { on: 256, off: 512 } },
    });
    expect(registerOf('{ table: holding, address: 1, type: u16, writeOn: 256, writeOff: 512 }')).toMatchObject({
      states: { write: { on: 256, off: 512 } },
    });
  });

  it('refuses what could have no effect: how a register is written that is only read, and both on and writeOn', () => {
    const plain = '{ table: holding, address: 1, type: u16 }';
    expect(problemsOf(smallSite, heater(plain, '{ table: holding, address: 1, type: u16, writeOn: 256 }'))).toEqual([
      expect.stringMatching(/^1\.yaml:9:\d+ a known key \| writeOn \| leave it out: this register is only read/),
    ]);
    expect(problemsOf(smallSite, heater('{ table: holding, address: 1, type: u16, on: 1, writeOn: 256 }', plain))).toEqual([
      expect.stringMatching(/^1\.yaml:8:\d+ either on or writeOn: this register is only written \| 1 \| readBack says what is read/),
    ]);
    expect(problemsOf(smallSite, heater('{ table: holding, address: 1, type: u16, values: { out: 0, in: 5 } }', plain))).toEqual([
      expect.stringMatching(/a register that can hold every value of the device/),
    ]);
  });

  it('is not written where its other bits are not known', () => {
    const bit = '{ table: holding, address: 5, type: bit, bit: 6 }';
    expect(problemsOf(smallSite, heater(bit))).toEqual([
      expect.stringContaining('set maskWrite (the unit supports function 22) or constantBits'),
    ]);
    expect(registerOf(bit.replace(' }', ', constantBits: 0x043C }'))).toMatchObject({
      field: { mask: 0x40, shift: 6 },
      fieldWrite: { kind: 'constant', bits: 0x043c },
    });
  });

  it('of one device has no bit of the register of another, unless both leave the rest alone', () => {
    const two = (a: string, b: string): string =>
      devices(
        [a, b]
          .map((register, index) => {
            const place = `{ bus: line, unit: 16, register: { table: holding, address: 5, type: bit, ${register} } }`;
            return `    house/relay_${index}: { kind: switch, write: ${place}, readBack: ${toRead(place)}, failSafe: { after: 10s, value: off }, merge: exclusive }\n`;
          })
          .join(''),
      );
    expect(problemsOf(smallSite, two('bit: 0, maskWrite: true', 'bit: 1, maskWrite: true'))).toEqual([]);
    for (const [a, b] of [
      ['bit: 0, maskWrite: true', 'bit: 0, maskWrite: true'],
      ['bit: 0, maskWrite: true', 'bit: 1, constantBits: 0'],
      ['bit: 0, constantBits: 0', 'bit: 1, constantBits: 0'],
    ] as const) {
      expect(problemsOf(smallSite, two(a, b)).join()).toContain('that of house/relay_0');
    }
  });

  it('that an older build stored in other words is the same register', () => {
    const { content } = loadSite([{ path: '0.yaml', text: smallSite }], profiles);
    const old = content.replaceAll('"wordOrder":"ABCD"', '"wordOrder":"big"');
    expect(old).not.toBe(content);
    expect(siteFromContent(old).points).toEqual(siteFromContent(content).points);
  });
});

import { describe, expect, it } from 'vitest';
import { decodeRegister, encodeWrite } from '../field/readings/register-codec.ts';
import { withCrc } from '../field/modbus/crc16.ts';
import { readDocuments } from '@phloem/rules';
import { readProfiles } from './io/read-profiles.ts';
import { parseProfile, parseProfileValue } from './parse-profile.ts';
import { toMargin, toPointRange, toPointRegister } from './profile-unit.ts';

const profiles = readProfiles();

const pointOf = (profile: string, point: string) => {
  const found = profiles.find((candidate) => candidate.profile === profile)?.points[point];
  if (found === undefined) throw new Error(`no ${point} in ${profile}`);
  return found;
};

/** Each from the document that the profile names. */
const worked: readonly (readonly [profile: string, point: string, words: readonly number[], value: number])[] = [
  ['adtek-co2-wall', 'temperature', [0x010f], 27.1],
  ['adtek-co2-wall', 'humidity', [0x01ef], 49.5],
  ['adtek-co2-wall', 'co2', [0x03e8], 1000],
  ['huawei-02312pbl', 'temperature', [0x00f6], 24.6],
  ['huawei-02312pbl', 'humidity', [0x011f], 28.7],
  ['vaisala-hmp', 'humidity', [0x7ae1, 0x41f4], 30.56],
  ['eastron-sdm72dm', 'voltage_l1', [0x4366, 0x3334], 230.2],
  ['apogee-sq-422x', 'ppfd_tenths', [12_345], 1234.5],
  ['sands-premasgard-121x', 'pressure', [0xfc18], -1000],
  ['dfrobot-sen0641', 'ppfd', [1000], 1000],
  ['xy-md02', 'temperature', [0xff33], -20.5],
  ['xy-md02', 'humidity', [0x0222], 54.6],
  ['eplusee-ee074', 'temperature', [0xa106, 0x41d7], 26.95],
  ['vaisala-gmp252', 'co2', [0xd47a, 0x43e8], 465.66],
  ['sensecap-soil-ec', 'temperature', [0xff05], -2.51],
  ['sensecap-soil-ec', 'moisture', [0x071d], 18.21],
  ['sensecap-soil-ec', 'conductivity', [0x071d], 1.82],
  ['truebner-smt100', 'temperature', [0x31fd], 27.97],
  ['truebner-smt100', 'moisture', [0x0d70], 34.4],
  ['supmea-ph8001', 'temperature', [0x00fa], 25],
  ['supmea-ph8001', 'ph', [0x02bc], 7],
  ['supmea-ph8001', 'electrode', [0x0006], 0.6],
  ['hach-ldo-aqs', 'temperature', [2641], 26.41],
  ['hach-ldo-aqs', 'dissolved_oxygen', [8082], 8.08],
  ['peacefair-pzem-016', 'voltage', [0x0898], 220],
  ['peacefair-pzem-016', 'current', [0x03e8, 0], 1],
  ['peacefair-pzem-016', 'power', [0x0898, 0], 220],
  ['peacefair-pzem-016', 'frequency', [0x01f4], 50],
  ['peacefair-pzem-016', 'power_factor', [0x0064], 1],
  ['finder-7e23', 'energy', [13, 60_383], 9123.51],
  ['eletechsup-r4dcb08', 'temperature_1', [65_424], -11.2],
  ['eletechsup-r4dcb08', 'temperature_2', [219], 21.9],
  ['delta-vfd-el', 'frequency_command', [0x1770], 60],
];

describe('the profiles that come with the hub', () => {
  it.each(worked)('[RE1] %s reads %s as its document does', (profile, point, words, value) => {
    const decoded = decodeRegister(toPointRegister(pointOf(profile, point)), words);
    expect(decoded.kind === 'value' ? Number(Number(decoded.value).toFixed(2)) : decoded.why).toBe(value);
  });

  it('[RE1] an input that is not connected is no temperature', () => {
    expect(decodeRegister(toPointRegister(pointOf('huawei-02312pbl', 'ntc_1')), [0x8000])).toMatchObject({ kind: 'none' });
  });

  it('writes a relay by the very bytes of its document', () => {
    const request = encodeWrite({ bus: 'line', unit: 1, register: toPointRegister(pointOf('waveshare-relay-8', 'relay_2')) }, true);
    const { unit, address } = request;
    const bytes = withCrc(Uint8Array.from([unit, request.function, address >> 8, address & 0xff, 0xff, 0x00]));
    expect([...bytes]).toEqual([0x01, 0x05, 0x00, 0x01, 0xff, 0x00, 0xdd, 0xfa]);
  });

  it('writes a relay whose document has commands by these, and an output in the unit of its document', () => {
    const relay = { bus: 'line', unit: 1, register: toPointRegister(pointOf('eletechsup-n4d8b08', 'relay_1')) };
    expect(encodeWrite(relay, true)).toMatchObject({ function: 6, address: 1, values: [0x0100] });
    expect(encodeWrite(relay, false)).toMatchObject({ function: 6, address: 1, values: [0x0200] });
    const output = toPointRegister(pointOf('waveshare-analog-output-8', 'output_1'));
    expect(decodeRegister(output, [0x03e8])).toMatchObject({ value: 0.001 });
  });

  it('name their document, and where it was read, a page or an address of it', () => {
    const instruments = profiles.filter((profile) => profile.status === 'verified' && !profile.profile.startsWith('phloem-simulator'));
    expect(instruments.length).toBeGreaterThanOrEqual(7);
    expect(instruments.filter(({ source }) => source.page === undefined && source.url === undefined)).toEqual([]);
  });

  it('have the name of their file once', () => {
    expect(new Set(profiles.map((profile) => profile.profile)).size).toBe(profiles.length);
  });
});

describe('a profile with an error', () => {
  const profile = (point: object) => ({
    profile: 'mine',
    version: 1,
    title: 'Mine',
    source: { document: 'my notes' },
    status: 'unverified',
    points: { one: { title: 'One', quantity: 'temperature', table: 'input', address: 0, type: 's16', access: 'read', ...point } },
  });

  it.each([
    [{ table: 'coil' }, 'points.one.type: expected bit, in the coil table, found s16'],
    [{ access: 'read-write' }, 'nothing can be written to the input table'],
    [{ scale: 0 }, 'a scale other than 0'],
    [{ range: { min: -300, max: 80 } }, 'what a temperature can be'],
    [{ scael: 0.1 }, 'did you mean scale?'],
    [{ wordOrder: 'little' }, 'ABCD (high word first, the default), CDAB (low word first), BADC or DCBA'],
    [{ wordOrder: 'CDAB' }, 'the value is in one register'],
    [{ byteOrder: 'little' }, 'hint: wordOrder: BADC or DCBA has the bytes of each register swapped'],
    [{ sentinels: [32_768] }, 'hint: as s16, 0x8000 is -32768'],
    [{ sentinels: [0.5] }, 'raw values that s16 can hold, -32768 to 32767, found 0.5'],
    [{ type: 'u8' }, 'byte: high or byte: low'],
    [{ byte: 'high' }, 'no byte but with u8, s8 or bcd8'],
    [{ bits: [7, 4] }, 'the lowest and the highest bit, within 0 to 15, found [7,4]'],
    [{ bits: [4, 16] }, 'within 0 to 15'],
    [{ shift: 4 }, 'no shift without a mask'],
    [{ mask: 0x10000 }, 'a mask of 16 bits at most'],
    [{ maskWrite: true }, 'where the value has its register for itself'],
    [{ bits: [0, 3], constantBits: 0x0f }, 'bits beside those of the value, found 0xF'],
    [{ invert: true }, 'no invert but on the type bit'],
    [{ type: 'bit', quantity: 'boolean' }, 'bit: 0 to 15 beside the type bit'],
    [{ table: 'coil', type: 'bit', quantity: 'boolean', scale: -1, offset: 1 }, 'hint: invert: true swaps on and off'],
    [{ on: 1, off: 1 }, 'two different raw values for on and off'],
    [{ on: 70_000 }, 'raw values that s16 can hold'],
    [{ values: { off: 0, on: 1 }, scale: 0.1 }, 'either values, or scale and offset'],
  ])('%j is refused where it stands', (point, message) => {
    expect(() => parseProfileValue(profile(point))).toThrow(message);
    expect(() => parseProfileValue(profile(point))).toThrow(/profile:\d+:\d+: points\.one.*\n.*\|.*\n.*\^/);
  });

  it('may have comments, and says the line all the same', () => {
    const written = `{
  "profile": "mine", // how documents name it
  /* The first
     edition. */ "version": 1, "title": "http://mine",
  "source": { "document": "d" }, "status": "unverified",
  "points": { "v": { "title": "v", "quantity": "number", "table": "holding", "address": 0, "type": "u17", "access": "read" } }
}`;
    const read = (text: string) => readDocuments([{ path: 'mine.json', text }]).map(parseProfile);
    expect(() => read(written)).toThrow('mine.json:6:100: points.v.type: expected bit, u8');
    expect(read(written.replace('u17', 'u16'))).toMatchObject([{ profile: 'mine', title: 'http://mine' }]);
  });
});

describe('the unit of a profile', () => {
  const read = (point: object, words: readonly number[]) => {
    const { points } = parseProfileValue({
      profile: 'mine',
      version: 1,
      title: 'Mine',
      source: { document: 'my notes' },
      status: 'unverified',
      points: { one: { title: 'One', table: 'holding', address: 0, type: 's16', access: 'read', ...point } },
    });
    const { one } = points;
    if (one === undefined) throw new Error('no point');
    const decoded = decodeRegister(toPointRegister(one), words);
    const range = toPointRange(one);
    return { value: decoded.kind === 'value' ? decoded.value : decoded.why, range, margin: toMargin(one, range) };
  };

  it.each([
    [{ quantity: 'temperature', unit: '°F', scale: 0.01 }, [0x1e14], 25],
    [{ quantity: 'temperature', unit: 'K', scale: 0.1 }, [2981], 24.95],
    [{ quantity: 'temperature', unit: 'K', scale: 0.02 }, [14_908], 25.01],
    [{ quantity: 'pressure', unit: 'mbar', scale: 0.1 }, [10_132], 101.32],
    [{ quantity: 'pressure', unit: 'bar', scale: 0.01 }, [250], 250],
    [{ quantity: 'differential_pressure', unit: 'hPa' }, [-3], -300],
    [{ quantity: 'volume_flow', unit: 'l/min' }, [20], 1.2],
    [{ quantity: 'conductivity', unit: 'µS/cm', type: 'u16' }, [1821], 1.821],
    [{ quantity: 'energy', unit: 'Wh', type: 'u16' }, [500], 0.5],
    [{ quantity: 'power', unit: 'kW', scale: 0.1 }, [19], 1900],
    [{ quantity: 'temperature', scale: 0.01, offset: -100, type: 'u16' }, [0x31fd], 27.97],
    [{ quantity: 'wind_speed', unit: 'km/h' }, [36], 10],
  ])('%j gives %j as %d', (point, words, value) => {
    expect(read(point, words).value).toBeCloseTo(value, 9);
  });

  it.each([
    { quantity: 'energy', type: 'u16', scale: 0.01, totalise: { maxRate: { change: '20 kWh', per: '1h' } } },
    { quantity: 'volume', type: 'u32', unit: 'l', totalise: {} },
    { quantity: 'energy', type: 'u32', totalise: { wrapsAt: 1_000_000 } },
  ])('[RE7] %j is a total', (point) => {
    expect(() => read(point, [0, 0])).not.toThrow();
  });

  it.each([
    [{ quantity: 'energy', type: 'u16', totalise: { wrapsAt: 65_537 } }, 'a raw number that u16 can reach, up to 65536'],
    [{ quantity: 'energy', type: 'u16', offset: 3, totalise: {} }, 'totalise of a number that begins at 0'],
    [
      { quantity: 'energy', type: 'u16', totalise: { maxRate: { change: '20 kW', per: '1h' } } },
      'a difference above 0 in the unit of energy',
    ],
    [{ quantity: 'energy', type: 'u16', clearOnRead: true, totalise: {} }, 'where reading does not reset the counter'],
    [{ quantity: 'energy', type: 'u16', access: 'read-write', totalise: {} }, 'totalise where access is read'],
    [{ quantity: 'temperature', totalise: {} }, 'totalise of a number that begins at 0'],
  ])('[RE7] a total is refused where it cannot be one: %j, %s', (point, message) => {
    expect(() => read(point, [0, 0])).toThrow(message);
  });

  it('is that of the range and of the margin too', () => {
    const point = { quantity: 'temperature', unit: '°F', range: { min: -40, max: 212 }, margin: 1.8 };
    expect(read(point, [0])).toMatchObject({ range: { min: -40, max: 100 }, margin: { below: 1, above: 1 } });
    expect(read({ quantity: 'temperature', range: { min: -200, max: 850 } }, [0])).toMatchObject({ range: { min: -200, max: 850 } });
    expect(read({ quantity: 'relative_humidity' }, [0])).toMatchObject({ range: { min: 0, max: 100 }, margin: { below: 2, above: 5 } });
    expect(read({ quantity: 'relative_humidity', range: { min: 5, max: 95 } }, [0])).toMatchObject({ margin: { below: 0, above: 0 } });
  });

  it.each([
    [{ quantity: 'temperature', unit: 'F' }, '°C, °F or K'],
    [{ quantity: 'power', unit: 'kWh' }, 'a unit of power, such as W'],
    [{ quantity: 'number', unit: 'W' }, 'no unit: a number has none'],
    [{ quantity: 'temperature', range: { min: -300, max: 0 } }, 'within -273.15 to 3000 °C'],
  ])('%j is refused', (point, message) => {
    expect(() => read(point, [0])).toThrow(message);
  });
});

import { describe, expect, it } from 'vitest';
import { decodeRegister, encodeWrite } from '../field/readings/register-codec.ts';
import { withCrc } from '../field/modbus/crc16.ts';
import { readProfiles } from './io/read-profiles.ts';
import { parseProfile, toRegister } from './profile.ts';

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
];

describe('the profiles that come with the hub', () => {
  it.each(worked)('[RE1] %s reads %s as its document does', (profile, point, words, value) => {
    const decoded = decodeRegister(toRegister(pointOf(profile, point)), words);
    expect(decoded.kind === 'value' ? Number(Number(decoded.value).toFixed(2)) : decoded.why).toBe(value);
  });

  it('[RE1] an input that is not connected is no temperature', () => {
    expect(decodeRegister(toRegister(pointOf('huawei-02312pbl', 'ntc_1')), [0x8000])).toMatchObject({ kind: 'none' });
  });

  it('writes a relay by the very bytes of its document', () => {
    const request = encodeWrite({ bus: 'line', unit: 1, register: toRegister(pointOf('waveshare-relay-8', 'relay_2')) }, true);
    const { unit, address } = request;
    const bytes = withCrc(Uint8Array.from([unit, request.function, address >> 8, address & 0xff, 0xff, 0x00]));
    expect([...bytes]).toEqual([0x01, 0x05, 0x00, 0x01, 0xff, 0x00, 0xdd, 0xfa]);
  });

  it('name their document, and where it was read, a page or an address of it', () => {
    const instruments = profiles.filter((profile) => profile.status === 'verified' && !profile.profile.startsWith('phloem-plant'));
    expect(instruments.length).toBeGreaterThanOrEqual(7);
    expect(instruments.filter(({ source }) => source.page === undefined && source.url === undefined)).toEqual([]);
  });

  it('bear the name of their file once', () => {
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
    [{ table: 'coil' }, 'a s16 cannot be in the coil table'],
    [{ access: 'read-write' }, 'nothing can be written to the input table'],
    [{ scale: 0 }, 'a scale of 0'],
    [{ range: { min: -300, max: 80 } }, 'not within -90 to 150'],
  ])('%j is refused by name', (point, message) => {
    expect(() => parseProfile(profile(point))).toThrow(message);
    expect(() => parseProfile(profile(point))).toThrow('profile mine, point one');
  });

  it('is refused when a key is unknown', () => {
    expect(() => parseProfile(profile({ scael: 0.1 }))).toThrow('/points/one');
  });
});

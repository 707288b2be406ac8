import { describe, expect, it } from 'vitest';
import { createSensorReader } from './to-sensor-readings.ts';

const reader = createSensorReader({
  topics: {
    'zigbee2mqtt/{sensor}': {
      'dry/{sensor}/temperature': 'temperature',
      'dry/{sensor}/humidity': 'humidity',
      'dry/{sensor}/door': 'contact',
    },
    'tele/{sensor}/SENSOR': { 'dry/{sensor}/temperature': 'AM2301.Temperature' },
    'esphome/{sensor}/sensor/air/state': { 'dry/{sensor}/temperature': '$' },
    'shelly/events/rpc': { 'dry/shelly/temperature': 'params.temperature:0.tC' },
  },
  names: { '0x00158d0001': 'rack' },
});
const read = (topic: string, payload: unknown) => reader.read(topic, typeof payload === 'string' ? payload : JSON.stringify(payload));

describe('the messages of sensors', () => {
  it.each([
    [
      'zigbee2mqtt/front',
      { temperature: 21.5, humidity: 55, linkquality: 80 },
      { 'dry/front/temperature': 21.5, 'dry/front/humidity': 55 },
    ],
    ['zigbee2mqtt/0x00158d0001', { temperature: 20, contact: true }, { 'dry/rack/temperature': 20, 'dry/rack/door': true }],
    ['tele/front/SENSOR', { Time: '2026-11-30T20:00:00', AM2301: { Temperature: 22.1 } }, { 'dry/front/temperature': 22.1 }],
    ['esphome/front/sensor/air/state', '23.25', { 'dry/front/temperature': 23.25 }],
    ['shelly/events/rpc', { method: 'NotifyStatus', params: { 'temperature:0': { tC: 24 } } }, { 'dry/shelly/temperature': 24 }],
  ])('of %s are readings of its points', (topic, payload, values) => {
    const { readings } = read(topic, payload);
    expect(Object.fromEntries(Object.entries(readings).map(([point, { v }]) => [point, v]))).toEqual(values);
  });

  it('leave alone what a sensor did not send, and say why there is no value', () => {
    expect(read('zigbee2mqtt/front', { temperature: null, humidity: 'wet' }).readings).toEqual({
      'dry/front/temperature': { v: null, why: 'temperature is null' },
      'dry/front/humidity': { v: null, why: 'humidity is no value: wet' },
    });
    expect(read('esphome/front/sensor/air/state', 'nan').readings['dry/front/temperature']?.v).toBeNull();
  });

  it('say why there is no value in text that the hub takes, whatever a sensor sends', () => {
    for (const text of ['\ud800', `${'x'.repeat(59)}😀`]) {
      const { why = '' } = read('zigbee2mqtt/front', { temperature: text }).readings['dry/front/temperature'] ?? {};
      expect(why).toMatch(/^temperature is no value/);
      expect(why.isWellFormed()).toBe(true);
    }
  });

  it('have no point where a level cannot be part of one', () => {
    expect(read('zigbee2mqtt/Living Room', { temperature: 1 }).readings).toEqual({});
    expect(read('other/front', { temperature: 1 }).readings).toEqual({});
  });

  it.each(['', '{"temperature":', '[1'])('cannot be read from %j', (payload) => {
    expect(read('zigbee2mqtt/front', payload)).toEqual({ readings: {}, isReadable: false });
  });

  it('are subscribed to by level', () => {
    expect(reader.filters).toContain('tele/+/SENSOR');
  });
});

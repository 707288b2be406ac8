import { describe, expect, it } from 'vitest';
import { toDiscovery } from './to-discovery.ts';

const [message, ...others] = toDiscovery('phloem', {
  locations: [{ id: 'room', title: 'Flower room' }],
  points: [
    { id: 'room/front/air', title: 'Air', quantity: 'temperature', unit: '°C', intervalMs: 1000 },
    { id: 'room/front/vpd', title: 'VPD', quantity: 'vapour_pressure_deficit', unit: 'kPa', intervalMs: 20_000 },
    { id: 'room/front/door', title: 'Door', quantity: 'boolean', unit: '', intervalMs: 1000 },
    { id: 'other/front/air', title: 'Air', quantity: 'temperature', unit: '°C', intervalMs: 1000 },
  ],
  devices: [
    { id: 'room/fan', title: 'Fan', kind: 'switch', confirmed: null },
    { id: 'room/light', title: 'Light', kind: 'percent', confirmed: null },
    { id: 'room/ac', title: 'Air conditioner', kind: 'mode', confirmed: null },
  ],
});
const payload = JSON.parse(message?.payload ?? '{}');

describe('the discovery of a location', () => {
  it('is one message, with the keys that Home Assistant knows', () => {
    expect(others).toEqual([]);
    expect(message?.topic).toBe('homeassistant/device/phloem_room/config');
    expect(Object.keys(payload)).toEqual(['device', 'origin', 'components']);
    expect(payload.device).toEqual({ identifiers: ['phloem_room'], name: 'Flower room', manufacturer: 'Phloem' });
    expect(Object.keys(payload.components)).toEqual([
      'room_front_air',
      'room_front_vpd',
      'room_front_door',
      'room_fan',
      'room_light',
      'room_ac',
    ]);
  });

  it('makes a sensor of a point that goes out of use without readings, with a bad one, or without the bridge', () => {
    expect(payload.components.room_front_air).toEqual({
      platform: 'sensor',
      unique_id: 'phloem_room_front_air',
      name: 'Air',
      state_topic: 'phloem/room/front/air/state',
      value_template: '{{ value_json.value }}',
      expire_after: 5,
      availability_mode: 'all',
      availability: [
        { topic: 'phloem/status' },
        {
          topic: 'phloem/room/front/air/state',
          value_template: "{{ 'online' if value_json.quality in ['good', 'uncertain'] else 'offline' }}",
        },
      ],
      state_class: 'measurement',
      unit_of_measurement: '°C',
      device_class: 'temperature',
    });
    expect(payload.components.room_front_vpd).toMatchObject({ expire_after: 60, unit_of_measurement: 'kPa' });
    expect(payload.components.room_front_vpd).not.toHaveProperty('device_class');
  });

  it('names the cluster of a point whose title another point or device of the location has', () => {
    const point = { quantity: 'temperature', unit: '°C', intervalMs: 1000 } as const;
    const [shared] = toDiscovery('phloem', {
      locations: [{ id: 'room', title: 'Flower room' }],
      points: [
        { ...point, id: 'room/front/air', title: 'Air' },
        { ...point, id: 'room/upper_back/air', title: 'Air' },
        { ...point, id: 'room/tank/water', title: 'Water' },
        { ...point, id: 'other/tank/water', title: 'Water' },
        { ...point, id: 'room/duct/heater', title: 'Heater' },
      ],
      devices: [{ id: 'room/heater', title: 'Heater', kind: 'switch', confirmed: null }],
    });
    const { components } = JSON.parse(shared?.payload ?? '{}') as { components: Record<string, { name: string }> };
    expect(Object.values(components).map(({ name }) => name)).toEqual([
      'Air (front)',
      'Air (upper back)',
      'Water',
      'Heater (duct)',
      'Heater',
    ]);
  });

  it('makes binary sensors of contacts and switches, and nothing that could be switched', () => {
    expect(payload.components.room_front_door).toMatchObject({
      platform: 'binary_sensor',
      value_template: "{{ 'ON' if value_json.value else 'OFF' }}",
    });
    expect(payload.components.room_fan).toMatchObject({
      platform: 'binary_sensor',
      state_topic: 'phloem/room/fan/state',
      availability_mode: 'all',
      availability: [
        { topic: 'phloem/status' },
        { topic: 'phloem/room/fan/state', value_template: "{{ 'offline' if value_json.value is none else 'online' }}" },
      ],
    });
    expect(payload.components.room_light).toMatchObject({ platform: 'sensor', unit_of_measurement: '%' });
    expect(payload.components.room_ac).not.toHaveProperty('unit_of_measurement');
    expect(message?.payload).not.toContain('command_topic');
  });
});

import { spawnSync } from 'node:child_process';
import { openMqttTarget, type SiteInventory } from '@phloem/bridge-mqtt';
import { connectAsync } from 'mqtt';
import { expect, it } from 'vitest';
import { findPython } from '../interop/suite.ts';
import { until } from '../support/until.ts';
import { addressOf, uniqueName } from './support/addresses.ts';

/** The keys of device discovery, from the documentation of Home Assistant: it refuses a message with another key at its root. */
const schema = `
import json, sys
from voluptuous import ALLOW_EXTRA, All, Any, In, Length, Optional, PREVENT_EXTRA, Required, Schema

text = All(str, Length(min=1))
availability = [Schema({Required("topic"): text, Optional("payload_available"): str, Optional("payload_not_available"): str, Optional("value_template"): str})]
component = Schema({
    Required("platform"): In(["sensor", "binary_sensor", "switch", "button", "number", "select"]),
    Required("unique_id"): text,
    Optional("state_topic"): text,
    Optional("expire_after"): int,
    Optional("availability_mode"): In(["all", "any", "latest"]),
    Optional("availability"): availability,
}, extra=ALLOW_EXTRA)
Schema({
    Required("device"): Schema({Required("identifiers"): All([text], Length(min=1)), Optional("name"): text, Optional("manufacturer"): text,
        Optional("model"): text, Optional("sw_version"): text, Optional("suggested_area"): text}),
    Required("origin"): Schema({Required("name"): text, Optional("sw_version"): text, Optional("support_url"): text}),
    Required("components"): All({text: component}, Length(min=1)),
    Optional("availability"): availability,
    Optional("availability_mode"): In(["all", "any", "latest"]),
    Optional("state_topic"): text,
    Optional("command_topic"): text,
    Optional("qos"): In([0, 1, 2]),
    Optional("encoding"): str,
}, extra=PREVENT_EXTRA)(json.load(sys.stdin))
`;

const inventory: SiteInventory = {
  locations: [{ id: 'room', title: 'Room' }],
  points: [
    { id: 'room/front/air', title: 'Air', quantity: 'temperature', unit: '°C', intervalMs: 1000 },
    { id: 'room/door/open', title: 'Door', quantity: 'boolean', unit: '', intervalMs: 1000 },
  ],
  devices: [
    { id: 'room/fan', title: 'Fan', kind: 'switch', confirmed: true },
    { id: 'room/vent', title: 'Vent', kind: 'percent', confirmed: 30 },
  ],
};

const check = (payload: string): { readonly status: number | null; readonly stderr: string } => {
  const python = findPython('voluptuous');
  if (python === null) throw new Error('Python has no voluptuous: install the package python3-voluptuous');
  return spawnSync(python, ['-B', '-c', schema], { input: payload, encoding: 'utf8' });
};

it('the description for Home Assistant has the keys that it accepts, and no others', async () => {
  const url = addressOf('mqtt');
  const prefix = uniqueName();
  const topic = `homeassistant/device/${prefix}_room/config`;
  const client = await connectAsync(url, { protocolVersion: 5 });
  let payload = '';
  client.on('message', (_topic, found) => {
    payload = found.toString();
  });
  await client.subscribeAsync(topic, { qos: 1 });
  const clocks = { now: () => Date.now(), uptime: () => performance.now() };
  const target = await openMqttTarget({ url, prefix, withDiscovery: true, inventory: async () => inventory, ...clocks });
  await until(
    'the description',
    () => payload,
    (text) => text !== '',
  );
  expect(check(payload)).toMatchObject({ status: 0, stderr: '' });
  const other = check(JSON.stringify({ ...(JSON.parse(payload) as object), retain: true }));
  expect(other.status).not.toBe(0);
  expect(other.stderr).toContain('extra keys not allowed');
  await target.close();
  const states = inventory.devices.map(({ id }) => `${prefix}/${id}/state`);
  for (const kept of [topic, `${prefix}/status`, ...states]) await client.publishAsync(kept, '', { retain: true, qos: 1 });
  await client.endAsync();
});

import { toLocation, type Quantity } from '@phloem/protocol';
import { toLifetimeMs, type SiteInventory } from './inventory.ts';
import { toStateTopic } from './to-messages.ts';

/** A message that is kept by the broker until it is replaced. */
export type DiscoveryMessage = { readonly topic: string; readonly payload: string };

/** The classes of Home Assistant whose units are those of Phloem. Others have no class: Home Assistant refuses a unit that does not fit. */
const classes: Partial<Record<Quantity, string>> = {
  temperature: 'temperature',
  relative_humidity: 'humidity',
  mole_fraction: 'carbon_dioxide',
  voltage: 'voltage',
  current: 'current',
  power: 'power',
  energy: 'energy',
  frequency: 'frequency',
};

const toName = (id: string): string => id.replaceAll(/[^A-Za-z0-9_-]/g, '_');
/** `pH` and the like are no units to Home Assistant that it could convert; they are shown as they are. */
const toUnit = (unit: string): object => (unit === '' ? {} : { unit_of_measurement: unit });

export const toStatusTopic = (prefix: string): string => `${prefix}/status`;

type Component = Readonly<Record<string, unknown>>;
const usable = "{{ 'online' if value_json.quality in ['good', 'uncertain'] else 'offline' }}";
const known = "{{ 'offline' if value_json.value is none else 'online' }}";
const onOff = "{{ 'ON' if value_json.value else 'OFF' }}";

type Named = { readonly id: string; readonly title: string };

/** In a location with several clusters, `Temperature` would be the name of several sensors: such a name gets its cluster, `Temperature (front)`. */
const toDistinct = <Item extends Named>(items: readonly Item[], all: readonly Named[]): readonly Item[] =>
  items.map((item) => {
    const [, cluster, measurement] = item.id.split('/');
    const isShared = measurement !== undefined && all.some(({ id, title }) => id !== item.id && title === item.title);
    return isShared && cluster !== undefined ? { ...item, title: `${item.title} (${cluster.replaceAll('_', ' ')})` } : item;
  });

const toPointComponent = (prefix: string, { id, title, quantity, unit, intervalMs }: SiteInventory['points'][number]): Component => {
  const topic = toStateTopic(prefix, id);
  const shared = {
    unique_id: toName(`${prefix}_${id}`),
    name: title,
    state_topic: topic,
    // Three intervals without a reading: Home Assistant shows that there is none.
    expire_after: Math.ceil(toLifetimeMs(intervalMs) / 1000),
    availability_mode: 'all',
    availability: [{ topic: toStatusTopic(prefix) }, { topic, value_template: usable }],
  };
  if (quantity === 'boolean') return { platform: 'binary_sensor', ...shared, value_template: onOff };
  const deviceClass = classes[quantity];
  return {
    platform: 'sensor',
    ...shared,
    value_template: '{{ value_json.value }}',
    state_class: quantity === 'energy' ? 'total_increasing' : 'measurement',
    ...toUnit(unit),
    ...(deviceClass !== undefined && { device_class: deviceClass }),
  };
};

/** The confirmed state of a device; a bridge only reads. */
const toDeviceComponent = (prefix: string, { id, title, kind }: SiteInventory['devices'][number]): Component => {
  const topic = toStateTopic(prefix, id);
  const shared = {
    unique_id: toName(`${prefix}_${id}`),
    name: title,
    state_topic: topic,
    availability_mode: 'all',
    availability: [{ topic: toStatusTopic(prefix) }, { topic, value_template: known }],
  };
  if (kind === 'switch' || kind === 'momentary') return { platform: 'binary_sensor', ...shared, value_template: onOff };
  const unit = kind === 'percent' || kind === 'three-point' ? { unit_of_measurement: '%', state_class: 'measurement' } : {};
  return { platform: 'sensor', ...shared, value_template: '{{ value_json.value }}', ...unit };
};

/** Pure: one message for each location, by which Home Assistant makes a device of it with all its points and outputs. */
export const toDiscovery = (prefix: string, { locations, points, devices }: SiteInventory): readonly DiscoveryMessage[] =>
  locations.map(({ id: location, title }) => {
    const node = toName(`${prefix}_${location}`);
    const own = points.filter(({ id }) => toLocation(id) === location);
    const outputs = devices.filter(({ id }) => toLocation(id) === location);
    const components = [
      ...toDistinct(own, [...own, ...outputs]).map((point) => [point.id, toPointComponent(prefix, point)] as const),
      ...outputs.map((device) => [device.id, toDeviceComponent(prefix, device)] as const),
    ];
    return {
      topic: `homeassistant/device/${node}/config`,
      payload: JSON.stringify({
        device: { identifiers: [node], name: title, manufacturer: 'Phloem' },
        origin: { name: 'Phloem' },
        components: Object.fromEntries(components.map(([id, component]) => [toName(id), component])),
      }),
    };
  });

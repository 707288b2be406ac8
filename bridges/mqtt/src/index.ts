export type { SiteInventory } from './inventory.ts';
export { openMqttTarget, type MqttOptions } from './io/open-mqtt-target.ts';

export type { SiteInventory } from './inventory.ts';
export { openMqttTarget, type MqttOptions } from './io/open-mqtt-target.ts';
export { openSensorSubscription, type SensorSubscription } from './io/open-sensor-subscription.ts';
export { createSensorReader, type SensorMapping, type SensorReader } from './to-sensor-readings.ts';

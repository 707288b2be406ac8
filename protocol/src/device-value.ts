import { Type, type Static } from 'typebox';

/**
 * The value of a device: a boolean of a switch, a number of a percentage, set-point or position, the name of a mode. Which
 * values a device can have its kind says, and the gate checks.
 */
export const DeviceValue = Type.Union([Type.Boolean(), Type.Number(), Type.String({ minLength: 1, maxLength: 64 })]);
export type DeviceValue = Static<typeof DeviceValue>;

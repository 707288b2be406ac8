import type { DeviceId } from '@phloem/protocol';
/** How a day in the demonstration's room went. Shares are of the time in which the value was known. */
export type Day = {
  readonly name: string;
  readonly temperatureInBand: number;
  readonly vpdInBand: number;
  readonly unknownMinutes: number;
  readonly switches: number;
  readonly switchesByDevice: Readonly<Record<DeviceId, number>>;
  readonly kilowattHours: number;
};
export type DayOptions = {
  readonly hours: number;
  readonly stepMs: number;
  readonly seed: number;
};
/** A day with the demonstration's bundle in charge, without it, and with it while the heater does not come on. */
export declare const liveDays: (options: DayOptions) => readonly Day[];
//# sourceMappingURL=control-day.d.ts.map

import { type RoomInputs, type SensorName } from '@phloem/backend/plant';
import type { DeviceId, DeviceValue, Entry, EntryDraft } from '@phloem/protocol';
import { type EngineState, type InterlockPlan, type ModelDevice, type Plan, type SiteModel, type StepResult } from '@phloem/protocol/rules';
/** A device that does not do what it is told. */
export type StuckDevice = {
  readonly device: DeviceId;
  readonly at: DeviceValue;
};
export type SimulationOptions = {
  readonly plan: Plan;
  readonly site: SiteModel;
  readonly interlocks?: InterlockPlan;
  readonly seed: number;
  readonly hours: number;
  /** How often the instruments are read. */
  readonly stepMs: number;
  /** Wall time of the first entry. */
  readonly startAt: number;
  /** Whether what is wished is done; otherwise the room is as it was found in the morning. */
  readonly isInControl?: boolean;
  readonly stuck?: StuckDevice;
  /** What devices do to the room, besides what the plant itself knows. */
  readonly drive: (applied: (device: DeviceId) => DeviceValue | undefined, upMs: number) => RoomInputs;
  /** Drafts that somebody else puts into the log at this moment. */
  readonly weave?: (upMs: number) => readonly EntryDraft[];
  /** Sensors that say nothing at this moment. */
  readonly isSilent?: (sensor: SensorName, upMs: number) => boolean;
  readonly onStep?: (entry: Entry, result: StepResult, plan: Plan) => void;
};
export type Simulation = {
  readonly state: EngineState;
  readonly devices: ReadonlyMap<DeviceId, ModelDevice>;
  readonly entries: number;
};
export declare const epoch = 'simulated000';
/** What the plant's own devices do, as it is found in the morning where nobody commands them. */
export declare const drivePlant: SimulationOptions['drive'];
/**
 * A plan in charge of the simulated room: the plant's physics, instruments read at an even pace, a gate as rule tests
 * have it. No sockets and no clock; the same seed lives the same day.
 */
export declare const simulate: (options: SimulationOptions) => Simulation;
//# sourceMappingURL=simulate.d.ts.map

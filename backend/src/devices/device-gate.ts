import type {
  Author,
  DeviceId,
  DeviceState,
  SentFrame,
  NodeId,
  OverridePreview,
  OverridePreviewRequest,
  OverrideRequest,
  ScopeId,
  Term,
} from '@phloem/protocol';

/** Under whose authority frames come. */
export type CommandAuthority = { readonly term: Term; readonly scope: ScopeId; readonly nodeId: NodeId };

/**
 * The one hand on the actuators. What it accepts becomes the standing request of a device; it writes, reads back and
 * records each outcome in the log.
 */
export interface DeviceGate {
  /**
   * Takes frames under a live term. Call it inside `store.transact`: it appends an entry for each (requested or refused)
   * and stores what was accepted. The same id again changes nothing. Nothing is written to the field before `flush`.
   */
  accept(frames: readonly SentFrame[], authority: CommandAuthority): void;
  /** After the transaction: starts the writes that have become due. */
  flush(): void;
  /** How every device of the site stands, in the site's order. */
  states(): readonly DeviceState[];
  /** Drives every device to its safe state (Ctrl-C); resolves when each has been read back or has failed. */
  driveSafe(): Promise<void>;
  /** Takes no new commands and finishes the write in flight. */
  drain(): Promise<void>;
  close(): void;
}

/** For the panel: the actions of an operator at the gate. An action is in the log when the call returns, and on disk after `store.sync()`. */
export interface GateOperator {
  /**
   * Somebody has seen that a device with `restart: manual` went to its safe state; requests count again (LE4). A
   * device that does not wait for it is left alone.
   *
   * @throws Fault `command/unknown-device`.
   */
  acknowledge(device: DeviceId, by: Author): void;
  /**
   * Takes a device manually: below interlocks, above requests and fail-safe (DE4). It is written once it is on disk, and
   * survives a restart. An override that stood ends by it.
   *
   * @throws Fault `command/unknown-device`, `command/value`, `override/invalid`, `command/draining`; nothing has changed then.
   */
  override(device: DeviceId, request: OverrideRequest, by: Author): void;
  /**
   * Lets a device go; what is requested is applied at once.
   *
   * @throws Fault `command/unknown-device`, `override/unknown`, `command/draining`.
   */
  release(device: DeviceId, by: Author, reason: string | null): void;
  /**
   * The effect that an override would have; changes nothing.
   *
   * @throws Fault `command/unknown-device`, `command/value`.
   */
  preview(device: DeviceId, request: OverridePreviewRequest): OverridePreview;
}

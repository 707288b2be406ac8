import type { OpenWire, Wire, WireSignal } from '@phloem/backend';
import { encodeFrame, splitFrames } from './modbus-frame.ts';
import type { SimulatorClock } from './simulator-clock.ts';
import type { Simulator } from './simulator.ts';

/** A gateway between a hub and the units of a simulator in the same process: Modbus TCP without sockets, by a given clock. */
export type SimulatorGateway = {
  readonly openWire: OpenWire;
  /** Cuts its power: its connections lose their peer without a word, and nothing answers a dial. */
  turnOff(): void;
  /** Starts it again: it knows nothing of its earlier connections and resets them when something comes on one. */
  turnOn(): void;
};

/** How long a unit takes to answer, and the gateway to accept a connection. */
const answerMs = 4;

/** Makes a gateway that is on. */
export const createSimulatorGateway = (simulator: Simulator, clock: Pick<SimulatorClock, 'schedule'>): SimulatorGateway => {
  let boot = 1;
  let isOn = true;
  let connections = 0;
  const openWire: OpenWire = (tell) => {
    const connection = (connections += 1);
    const own = boot;
    let held: Uint8Array = new Uint8Array();
    let isOver = false;
    const isThere = (): boolean => isOn && own === boot && !simulator.isAway();
    const later = (delayMs: number, signal: WireSignal): void =>
      void clock.schedule(delayMs, () => {
        if (!isOver && isThere()) tell(signal);
      });
    const receive = (chunk: Uint8Array): void => {
      const { frames, rest, isBroken } = splitFrames(held, chunk);
      held = rest;
      for (const frame of frames) {
        const sent = simulator.answer(connection, frame);
        if (sent === null) continue;
        const bytes = encodeFrame({ ...frame, pdu: sent.pdu });
        for (let copy = 0; copy < sent.copies; copy += 1) later(answerMs + sent.delayMs, { kind: 'bytes', bytes });
      }
      if (isBroken) later(0, { kind: 'lost', why: 'the gateway ended the connection' });
    };
    const wire: Wire = {
      write: (bytes) => {
        if (isThere()) receive(bytes);
        else if (isOn)
          clock.schedule(answerMs, () => {
            if (!isOver) tell({ kind: 'lost', why: 'the gateway reset the connection' });
          });
      },
      end: () => {
        isOver = true;
      },
    };
    later(answerMs, { kind: 'opened' });
    return wire;
  };
  return {
    openWire,
    turnOff: () => {
      isOn = false;
    },
    turnOn: () => {
      if (isOn) return;
      isOn = true;
      boot += 1;
    },
  };
};

/** A sensor frame: what the backend has measured, with its number. Odd frames are warm, even ones cold. */
export type Frame = { readonly n: number; readonly temperature: number };

/** A device state: what the rule made of the frame with that number. */
export type State = { readonly n: number; readonly isOn: boolean };

/** Where the two processes of a way meet. */
export type Place = {
  /** The server between them; empty for ways without one. */
  readonly url: string;
  /** The port of the process that listens, for ways without a server. */
  readonly port: number;
  /** A folder that outlives both processes. */
  readonly folder: string;
  readonly pollMs: number;
};

/** Writes a state at the actuator. */
export type Write = (state: State) => void;
/** Hands a frame to the way. Resolves when the way has taken it, as far as the way can know. */
export type Send = (frame: Frame) => Promise<void> | void;

/** One way for a backend and an automation to talk. */
export type Way = {
  /** Runs in the backend's process, which has the sensor and the actuator. */
  readonly backend: (place: Place, write: Write, accepted: () => void) => Promise<Send>;
  /** Runs in the automation's process. A way without it and without a program is one process. */
  readonly automation?: (place: Place) => Promise<void>;
  /** The automation as a program with its arguments. */
  readonly program?: (place: Place) => readonly string[];
};

/** The rule of every way. */
export const decide = ({ n, temperature }: Frame): State => ({ n, isOn: temperature < 20 });

export const toFrame = (n: number): Frame => ({ n, temperature: n % 2 === 0 ? 10 : 30 });

export const parseFrame = (text: string): Frame => JSON.parse(text) as Frame;
export const parseState = (text: string): State => JSON.parse(text) as State;

/** Repeats what can fail while its server is away, until it has succeeded. */
export const untilDone = async <T>(attempt: () => Promise<T>, pauseMs = 100): Promise<T> => {
  for (;;) {
    try {
      return await attempt();
    } catch {
      // Its server is away; it comes back.
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
};

/** Runs work every so often, one run after the other, whether or not one fails. */
export const every = (ms: number, work: () => Promise<void> | void): void => {
  const run = async (): Promise<void> => {
    try {
      await work();
    } catch {
      // The next run tries again.
    }
    setTimeout(() => void run(), ms);
  };
  void run();
};

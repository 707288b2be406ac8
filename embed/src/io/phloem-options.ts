import type { Server } from 'node:http';
import type { ScopeId } from '@phloem/protocol';
import type { SchedulerLike } from 'rxjs';

/** Writes one line of a log: fields for programs, a text for people. */
type WriteLine = (fields: object, text: string) => void;

/** What Phloem logs with. A logger of pino is one. */
export type PhloemLog = {
  readonly debug: WriteLine;
  readonly info: WriteLine;
  readonly warn: WriteLine;
  readonly error: WriteLine;
  readonly fatal: WriteLine;
};

/** The clocks of an instance. */
export type PhloemClock = {
  /** The wall clock, in milliseconds since 1970: for people and for schedules. */
  readonly wall: () => number;
  /** A clock in milliseconds that never goes back: for every duration. */
  readonly monotonic: () => number;
  /** Runs timers. Its `now` must not go back either. */
  readonly scheduler: SchedulerLike;
};

/** What `createPhloem` starts. */
export type PhloemOptions = {
  /** The folder of the documents of the site. */
  readonly site: string;
  /** The folder of a bundle, which becomes the live bundle of its scope; null or nothing for no new one. */
  readonly bundle?: string | null | undefined;
  /** The data folder. One hub at a time uses it. It is created where it is missing. */
  readonly data: string;
  /** Serves the panel and the HTTP interface on a port of this machine; 0 takes a free one. Default: false, no port is opened. */
  readonly listen?: false | { readonly port: number } | undefined;
  /** Serves the panel and the HTTP interface from a server of the program, which listens and ends as the program decides. */
  readonly http?: Server | undefined;
  /** The address at which a web server on this machine serves Phloem to others, with TLS. */
  readonly publicUrl?: string | undefined;
  /**
   * Where the automation service runs: in this thread, in a worker thread, or not at all because another process does. Default:
   * `same-thread`.
   */
  readonly automation?: 'same-thread' | 'worker' | 'none' | undefined;
  /** What the automation service runs, such as `flower_room`. Default: the scope of `bundle`, otherwise of the first live bundle. */
  readonly scope?: ScopeId | undefined;
  /** TCP ports of buses by id, in place of those in the documents. */
  readonly busPorts?: Readonly<Record<string, number>> | undefined;
  /** Default: nothing is logged. */
  readonly log?: PhloemLog | undefined;
  /** Ends the instance when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Default: the clocks of this machine. */
  readonly clock?: PhloemClock | undefined;
  /** A number from 0 up to, not including, 1. Default: from the system's source of randomness. */
  readonly random?: (() => number) | undefined;
  /** What the end of the instance does to the outputs: drives them to their safe states, or keeps them as they are. Default: `safe`. */
  readonly outputsAtEnd?: 'safe' | 'keep' | undefined;
  /** Raises the alarm `hub/stalled` when the event loop was held up for so long. Default: 1000. */
  readonly stallAlarmMs?: number | undefined;
};

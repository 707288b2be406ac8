import type { Moment } from './moment.ts';

/** From its moment on the value moves in a straight line, and reaches the point's value after `rampMs`. */
export type Setpoint = { readonly at: Moment; readonly value: number; readonly rampMs: number };

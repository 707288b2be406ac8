import type { Random } from '../engine/random.ts';
import type { World } from '../world.ts';

/** Something that goes wrong; `name` is for the trace. */
export type Fault = { readonly name: string; readonly happen: (world: World) => void };

/** A kind of fault, and how often it is drawn beside the others. */
export type FaultKind = { readonly weight: number; readonly draw: (random: Random) => Fault };

/** In the middle of something: how many acts from now a process is killed; null is at once. */
export const drawActs = (random: Random, most: number): number | null => (random.chance(0.55) ? Math.floor(random.between(0, most)) : null);

/** A length of time for the trace. */
export const toText = (ms: number): string => `${Math.round(ms)} ms`;

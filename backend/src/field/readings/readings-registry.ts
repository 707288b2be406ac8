import type { PointId, Reading } from '@phloem/protocol';
import type { Site } from '../../site/site.ts';
import type { SentReadings } from '../field-port.ts';
import {
  startReadings,
  stepReadings,
  type FieldReadings,
  type ReadingsContext,
  type ReadingsEvent,
  type SensorDraft,
} from './field-readings.ts';

export type ReadingsRegistryParts = {
  readonly site: Pick<Site, 'points' | 'isDemonstration'>;
  readonly context: ReadingsContext;
  /** A running clock in milliseconds. */
  readonly now: () => number;
};

/** Keeps what is known of the points of a field, from whatever source. */
export class ReadingsRegistry implements SentReadings {
  readonly #parts: ReadingsRegistryParts;
  #state: FieldReadings;

  constructor(parts: ReadingsRegistryParts) {
    this.#parts = parts;
    this.#state = startReadings(parts.site, parts.now());
  }

  /** The polls begin: what has never been read turns stale from now on. */
  begin(): void {
    const { points } = startReadings(this.#parts.site, this.#parts.now());
    const known = [...this.#state.points].filter(([, { reading }]) => reading !== null);
    this.#state = { ...this.#state, points: new Map([...points, ...known]) };
  }

  /** Takes one event in; returns the frames that it makes. */
  step(event: ReadingsEvent): readonly SensorDraft[] {
    const { site, context, now } = this.#parts;
    const { state, drafts } = stepReadings(site, this.#state, event, now(), context);
    this.#state = state;
    return drafts;
  }

  take: SentReadings['take'] = (values, ageMs) => this.step({ kind: 'sent', values, ageMs });

  recall(point: PointId, reading: Reading, ageMs: number): void {
    const points = new Map(this.#state.points);
    points.set(point, { reading, reportedAt: this.#parts.now() - ageMs, isStale: reading.q === 'stale', believed: null });
    this.#state = { ...this.#state, points };
  }

  mark(): () => void {
    const before = this.#state;
    return () => {
      this.#state = before;
    };
  }
}

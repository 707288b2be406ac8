/**
 * How often the page is drawn. Data is never dropped, only draws: when three flushes in a row take too long, the next
 * slower step is taken; after ten seconds without one, a faster one.
 */
export type DrawPace = {
  readonly step: 0 | 1 | 2;
  /** How many flushes in a row took too long. */
  readonly slowInRow: number;
  /** When a flush last took too long, or the step was changed; by the browser's running time. */
  readonly calmSince: number;
};

/** How often in a second text and charts are drawn at each step. */
export const drawRates = [
  { text: 4, charts: 10 },
  { text: 2, charts: 5 },
  { text: 2, charts: 2 },
] as const;

const tooLongMs = 12;
const patience = 3;
const calmMs = 10_000;

/** At full speed, nothing measured yet. */
export const fullPace: DrawPace = { step: 0, slowInRow: 0, calmSince: 0 };

/** Takes in how long one flush took. */
export const stepDrawPace = (pace: DrawPace, tookMs: number, running: number): DrawPace => {
  if (tookMs > tooLongMs) {
    const slowInRow = pace.slowInRow + 1;
    if (slowInRow < patience || pace.step === 2) return { ...pace, slowInRow, calmSince: running };
    return { step: pace.step === 0 ? 1 : 2, slowInRow: 0, calmSince: running };
  }
  if (pace.step !== 0 && running - pace.calmSince >= calmMs) return { step: pace.step === 2 ? 1 : 0, slowInRow: 0, calmSince: running };
  return pace.slowInRow === 0 ? pace : { ...pace, slowInRow: 0 };
};

/** What the strip says of it: `draw 10 Hz`. */
export const toPaceText = ({ step }: DrawPace): string => `draw ${drawRates[step].charts} Hz`;

/** A stretch in which this process did not run, in `up`: from when it was last seen to run until it was seen again. */
export type OwnPause = { readonly fromUp: number; readonly untilUp: number };

/** How often the process looks whether it has run, and how late it may be before that was a pause. */
export const detectPauseEveryMs = 250;
const pauseMs = 1000;

/**
 * Notices that the process has stood still (SIGSTOP, a machine that slept, a thread that was held up). Ask it before anything
 * is judged by time, and every `detectPauseEveryMs`; it answers the last pause, or null.
 */
export const createPauseWatch = (): ((up: number) => OwnPause | null) => {
  let seenUp: number | null = null;
  let pause: OwnPause | null = null;
  return (up) => {
    if (seenUp !== null && up - seenUp > pauseMs) pause = { fromUp: seenUp, untilUp: up };
    seenUp = Math.max(up, seenUp ?? up);
    return pause;
  };
};

/** What has been sent meanwhile is read, and who gave the hub up is back, within this. */
const graceMs = 3000;

/**
 * From when fail-safe counts after a pause of the hub's own (HB2): the renewals that came meanwhile have not been read, so a
 * device that was covered when the pause began is judged a little after its end. Null where that changes nothing. A pause that
 * begins after the last renewal has run out excuses nothing, so that one pause after the other cannot put it off for ever.
 */
export const coveredAfterPause = (
  pause: OwnPause | null,
  { renewedUp, coveredUp, afterMs }: { readonly renewedUp: number | null; readonly coveredUp: number | null; readonly afterMs: number },
): number | null => {
  if (pause === null || renewedUp === null || renewedUp + afterMs <= pause.fromUp || renewedUp >= pause.untilUp) return null;
  const excused = pause.untilUp + Math.min(afterMs, graceMs) - afterMs;
  return coveredUp !== null && coveredUp >= excused ? null : excused;
};

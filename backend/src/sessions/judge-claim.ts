import type { RunId } from '@phloem/protocol';

/** What is remembered of a name that runs have claimed while another run had it. */
export type NameClaims = {
  /** The runs that gave way, the newest last. */
  readonly superseded: readonly RunId[];
  /** When the newest claims came, in running time. */
  readonly claimedAt: readonly number[];
};

/** Nobody has claimed the name of somebody who lived. */
export const noClaims: NameClaims = { superseded: [], claimedAt: [] };

/** So many runs of a name are remembered as superseded. */
const remembered = 16;
/** A run may take the place of another that lives so often in such a time; more is no restart, but two processes. */
const maxClaims = 2;
const claimsWithinMs = 60_000;

/**
 * A run greets under a name that another run has at that moment. The newer one wins: it may be the same service,
 * started again before its old connection was found to be dead. It does not when it has given way before, and not when
 * the name changes hands again and again: two supervised processes of one name, each started again when the other has
 * superseded it, would go on for ever. A refused claim counts too, so the one that lives keeps its peace.
 */
export const judgeClaim = (
  { superseded, claimedAt }: NameClaims,
  { run, live, now }: { readonly run: RunId; readonly live: RunId; readonly now: number },
): { readonly isDuplicate: boolean; readonly claims: NameClaims } => {
  const recent = claimedAt.filter((at) => now - at < claimsWithinMs);
  const isDuplicate = superseded.includes(run) || recent.length >= maxClaims;
  return {
    isDuplicate,
    claims: {
      superseded: isDuplicate ? superseded : [...superseded.filter((one) => one !== live), live].slice(-remembered),
      claimedAt: [...recent, now].slice(-maxClaims),
    },
  };
};

import type { LinkStatus } from '@phloem/reconnect';
import { toCountText, toDurationText, toLatencyText } from '../format/duration.ts';

/** What the panel needs of a link's status; times are the browser's running time. */
export type LinkReport = Pick<LinkStatus, 'phase' | 'sinceAt' | 'retryAt' | 'bye' | 'roundTripMs' | 'hubClock'>;

/** The word of a link, each with a glyph of its own. */
export type LinkWord = 'connecting' | 'live' | 'slow' | 'late' | 'down' | 'catching-up' | 'closed';

/** The link between this browser and the hub as the strip shows it. */
export type LinkView = {
  readonly word: LinkWord;
  readonly text: string;
  /** Claims that what is on the page comes from a hub that is being heard now. */
  readonly isHeard: boolean;
  readonly canRetry: boolean;
};

/** What has come over the link so far. Times are the browser's running time. */
export type LinkFacts = {
  readonly report: LinkReport;
  /** When the hub's newest snapshot or changes came; null before the first. */
  readonly lastFrameAt: number | null;
  /** How long the newest message was under way beyond the fastest. */
  readonly delayMs: number;
  /** How often something new is to be expected at the least. */
  readonly frameIntervalMs: number;
};

const slowMs = 1000;
const patienceMs = 3000;

/** The link in one word and one phrase, judged by what came and when, not by what the socket believes. */
export const toLinkView = ({ report, lastFrameAt, delayMs, frameIntervalMs }: LinkFacts, running: number): LinkView => {
  const isHeard = report.phase === 'ready' && lastFrameAt !== null && lastFrameAt >= report.sinceAt;
  if (report.phase === 'closed') return { word: 'closed', text: 'closed by the hub', isHeard: false, canRetry: true };
  if (report.phase === 'ready') {
    if (!isHeard) return { word: 'catching-up', text: toAwayText(lastFrameAt, running), isHeard: false, canRetry: false };
    const silentMs = running - lastFrameAt;
    if (silentMs > 3 * frameIntervalMs) {
      return { word: 'late', text: `late, last frame ${toDurationText(silentMs)}`, isHeard: true, canRetry: false };
    }
    const latencyMs = delayMs + (report.roundTripMs ?? 0) / 2;
    return {
      word: latencyMs > slowMs ? 'slow' : 'live',
      text: `${latencyMs > slowMs ? 'slow' : 'live'} ${toLatencyText(latencyMs)}`,
      isHeard: true,
      canRetry: false,
    };
  }
  const goneMs = running - (lastFrameAt ?? 0);
  if (lastFrameAt === null && goneMs < patienceMs) return { word: 'connecting', text: 'connecting', isHeard: false, canRetry: false };
  const next =
    report.phase === 'resting' && report.retryAt !== null
      ? `retry in ${Math.max(0, Math.ceil((report.retryAt - running) / 1000))} s`
      : 'trying now';
  return { word: 'down', text: `no link ${toCountText(goneMs)}, ${next}`, isHeard: false, canRetry: true };
};

/** How much of what was missed is there again: `catching up 00:42 of 02:14`. */
export const toCatchUpText = ({ doneMs, totalMs }: { readonly doneMs: number; readonly totalMs: number }): string =>
  `catching up ${toCountText(doneMs)} of ${toCountText(totalMs)}`;

const toAwayText = (lastFrameAt: number | null, running: number): string =>
  lastFrameAt === null ? 'catching up' : `catching up ${toCountText(running - lastFrameAt)}`;

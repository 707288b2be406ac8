import type { DeviceId, OverrideStatus, SiteLayout } from '@phloem/protocol';
import { toPersonText, toStateWord } from '../devices/device-view.ts';
import { toCountText } from '../words/duration.ts';
import type { SiteTime } from '../words/site-time.ts';

/** One override that stands, as it is drawn. */
export type OverrideLine = {
  readonly device: DeviceId;
  /** `Flower room Exhaust fan` */
  readonly title: string;
  readonly value: string;
  readonly by: string;
  readonly reason: string;
  /** How long it stands still: `41:07`. */
  readonly left: string;
  readonly until: string;
  readonly untilUp: number;
  readonly isEnding: boolean;
};

const endingMs = 120_000;

/** The overrides that stand, the next to end first. What is left is counted in the hub's running time. */
export const toOverrideLines = (
  overrides: Iterable<OverrideStatus>,
  site: SiteLayout | null,
  hubUp: number,
  at: number,
  time: SiteTime,
): readonly OverrideLine[] =>
  [...overrides]
    .toSorted((a, b) => a.untilUp - b.untilUp)
    .map(({ device, value, by, reason, until, untilUp }) => {
      const room = site?.locations.find(({ id }) => device.startsWith(`${id}/`))?.title ?? '';
      const title = site?.devices.find(({ id }) => id === device)?.title ?? device;
      const leftMs = Math.max(0, untilUp - hubUp);
      return {
        device,
        title: `${room} ${title}`.trim(),
        value: toStateWord(value),
        by: toPersonText(by),
        reason,
        left: toCountText(leftMs),
        until: time.moment(until, at),
        untilUp,
        isEnding: leftMs < endingMs,
      };
    });

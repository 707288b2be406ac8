import type { DeviceId, OverrideStatus, SiteLayout } from '@phloem/protocol';
import { toStateWord } from '../format/state-word.ts';
import type { SiteTime } from '../format/site-time.ts';
import { toManualHold, type ManualHold } from './manual-hold.ts';

/** One override that stands, as it is drawn. */
export type OverrideLine = ManualHold & {
  readonly device: DeviceId;
  /** `Flower room Exhaust fan` */
  readonly title: string;
  readonly value: string;
};

/** The overrides that stand, the next to end first. */
export const toOverrideLines = (
  overrides: Iterable<OverrideStatus>,
  site: SiteLayout | null,
  hubUp: number,
  at: number,
  time: SiteTime,
): readonly OverrideLine[] =>
  [...overrides]
    .toSorted((a, b) => a.untilUp - b.untilUp)
    .map((override) => {
      const { device, value } = override;
      const room = site?.locations.find(({ id }) => device.startsWith(`${id}/`))?.title ?? '';
      const title = site?.devices.find(({ id }) => id === device)?.title ?? device;
      return {
        device,
        title: `${room} ${title}`.trim(),
        value: toStateWord(value),
        ...toManualHold(override, hubUp, at, time),
      };
    });

import type { DeviceLayout, DeviceState } from '@phloem/protocol';
import { toDeviceView, type Moment } from './device-view.ts';
import { toStateWord } from '../format/state-word.ts';

/**
 * One sentence of why a room is as it is: the device that somebody should look at, else the one that moved last.
 * It says a request only as a request.
 */
export const toRoomSentence = (
  devices: readonly { readonly layout: DeviceLayout; readonly state: DeviceState | undefined }[],
  moment: Moment,
): string => {
  const known = devices.flatMap(({ layout, state }) =>
    state?.since === undefined || state.since === null ? [] : [{ layout, state, since: state.since }],
  );
  const byAge = known.toSorted((a, b) => b.since - a.since);
  const first = byAge.find(({ layout, state }) => toDeviceView(layout, state, moment).tone === 'abnormal') ?? byAge[0];
  if (first === undefined) return devices.length === 0 ? 'No devices in this room.' : 'No device has switched yet.';
  const { layout, state, since } = first;
  const view = toDeviceView(layout, state, moment);
  const what = state.phase === 'confirmed' && state.confirmed !== null ? `${toStateWord(state.confirmed)}, confirmed` : view.standing;
  const why = view.why === '' ? '' : ` — ${view.why}`;
  return `${moment.time.moment(since, moment.at)} ${layout.title} ${what}${why}`;
};

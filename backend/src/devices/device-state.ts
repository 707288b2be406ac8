import type { DeviceState, DeviceValue } from '@phloem/protocol';
import type { DeviceSpec } from '../site/site.ts';
import type { DeviceMachine } from './device-machine.ts';

/** How a device stands, for people: what is requested, written and reported by itself are three things (DE8). */
export const toDeviceState = ({ id }: Pick<DeviceSpec, 'id'>, state: DeviceMachine): DeviceState => {
  const { shown } = state;
  return {
    id,
    requested: toRequested(state),
    written: state.written,
    confirmed: shown === null ? state.reading : shown.reading,
    phase: shown?.phase ?? null,
    by: shown?.by ?? null,
    why: shown?.why ?? null,
    since: shown?.since ?? null,
    lsn: shown?.lsn ?? 0,
    ...(shown === null || shown.until === null ? {} : { until: shown.until }),
  };
};

function toRequested({ mode, nextRequest, standing }: DeviceMachine): DeviceValue | null {
  if (mode.kind === 'safe') return nextRequest?.value ?? mode.value;
  return nextRequest?.value ?? standing?.value ?? null;
}

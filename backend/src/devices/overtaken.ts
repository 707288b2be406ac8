import { reasonOf } from '@phloem/protocol';
import type { CommandRecord } from '../store/hub-store.ts';
import { isIssuedByHub, type Flight } from './device-machine.ts';
import { isSameValue, toSettleMs } from './device-value.ts';
import { isTakenByHand } from './guard-from-above.ts';
import { change, endCommand, type Turn } from './turn.ts';

/**
 * Claims that the hub or a newer request wants another value by now: what is on its way is not worth a retry. A newer
 * request of the same value is no reason to start again (DE7).
 */
export const isOvertaken = (turn: Turn, record: CommandRecord): boolean => {
  const { nextRequest, nextHubCommand, mode, restriction } = turn.state;
  const isIt = (next: CommandRecord): boolean => next.op === 'set' && isSameValue(turn.spec, next.value, record.value);
  if (record.op === 'momentary') return false;
  if (nextHubCommand !== null) return !isIt(nextHubCommand);
  const isFree = mode.kind === 'free' && restriction === null;
  if (isFree && nextRequest !== null) return !isIt(nextRequest);
  return isIssuedByHub(record) ? !isWantedByHub(turn, record) : !isFree;
};

/** Claims that a value of the hub's own is still the one: from above, else of fail-safe. */
export const isWantedByHub = ({ spec, state: { mode, restriction } }: Pick<Turn, 'spec' | 'state'>, { value }: CommandRecord): boolean => {
  const wanted = restriction?.value ?? (mode.kind === 'safe' || mode.kind === 'holding' ? mode.value : null);
  return wanted !== null && isSameValue(spec, wanted, value);
};

/** Claims that a command that waits for the bus is still what is wanted, as far as the device's own state goes. */
export const isStillWanted = (device: Pick<Turn, 'spec' | 'state'>, record: CommandRecord): boolean =>
  isIssuedByHub(record)
    ? record.op === 'momentary' || isWantedByHub(device, record)
    : !isTakenByHand(device.spec, device.state.restriction, record);

/** Ends a command whose value nobody wants any more, while the device may still be on its way to it. */
export function leave(turn: Turn, flight: Extract<Flight, { readonly kind: 'ramping' | 'verifying' | 'pausing' }>): Turn {
  const settle = toSettleMs(turn.spec);
  const left = change(turn, {
    flight: { kind: 'rest' },
    expected: flight.kind === 'ramping' ? flight.value : null,
    movingUntilUp: settle > 1000 ? turn.now.up + settle : 0,
  });
  return left.state.isDraining
    ? endCommand(left, flight.record, 'cancelled', reasonOf('hub/draining', { before: 'confirmed' }))
    : endCommand(left, flight.record, 'superseded', reasonOf('command/superseded', { before: 'confirmed' }));
}

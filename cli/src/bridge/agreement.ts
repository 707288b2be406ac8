import type { DeviceId, DeviceValue } from '@phloem/protocol';
import { formatDeviceValue } from '@phloem/protocol';

/** How long two deciders of one device have agreed and not. */
export type DeviceAgreement = {
  readonly agreedMs: number;
  readonly apartMs: number;
  /** How often they were apart for longer than the grace time. */
  readonly times: number;
  /** Since when they are apart; null while they agree. */
  readonly apartSince: number | null;
};

export type AgreementState = { readonly at: number | null; readonly devices: ReadonlyMap<DeviceId, DeviceAgreement> };

export const noAgreement: AgreementState = { at: null, devices: new Map() };

/** What both want of each device at one moment. */
export type AgreementSample = {
  readonly at: number;
  readonly theirs: ReadonlyMap<DeviceId, DeviceValue>;
  readonly ours: ReadonlyMap<DeviceId, DeviceValue>;
};

export type AgreementStep = { readonly state: AgreementState; readonly lines: readonly string[] };

const nothingYet: DeviceAgreement = { agreedMs: 0, apartMs: 0, times: 0, apartSince: null };

/**
 * Pure: compares two deciders, such as a foreign automation and a bundle, over time. One that decides every few seconds follows later, so
 * a difference counts when it lasts longer than `graceMs`. Devices that only one of them decides are left out.
 */
export const stepAgreement = (before: AgreementState, { at, theirs, ours }: AgreementSample, graceMs: number): AgreementStep => {
  const elapsed = before.at === null ? 0 : Math.max(0, at - before.at);
  const devices = new Map(before.devices);
  const lines: string[] = [];
  for (const [device, their] of theirs) {
    const our = ours.get(device);
    if (our === undefined) continue;
    const known = before.devices.get(device) ?? nothingYet;
    const wasLong = known.apartSince !== null && (before.at ?? at) - known.apartSince > graceMs;
    if (their === our) {
      if (wasLong) lines.push(`${device}: both ${formatDeviceValue(our)} again`);
      devices.set(device, { ...known, agreedMs: known.agreedMs + elapsed, apartSince: null });
      continue;
    }
    const since = known.apartSince ?? at;
    const isLong = at - since > graceMs;
    if (isLong && !wasLong) {
      lines.push(`${device}: the automation wants ${formatDeviceValue(their)}, Phloem ${formatDeviceValue(our)}`);
    }
    const isCounted = isLong && !wasLong;
    devices.set(device, {
      agreedMs: known.agreedMs + (isLong ? 0 : elapsed),
      apartMs: known.apartMs + (isLong ? elapsed : 0),
      times: known.times + (isCounted ? 1 : 0),
      apartSince: since,
    });
  }
  return { state: { at, devices }, lines };
};

/** A line for each device that both decide. */
export const toAgreementLines = ({ devices }: AgreementState): readonly string[] => {
  if (devices.size === 0) return ['There is no device that both decide.'];
  return [...devices]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([device, { agreedMs, apartMs, times }]) => {
      const all = agreedMs + apartMs;
      const share = all === 0 ? 100 : (100 * agreedMs) / all;
      const seconds = Math.round(all / 1000);
      const apart =
        times === 0
          ? 'no difference'
          : `${times === 1 ? 'one difference' : `${times} differences`}, ${Math.round(apartMs / 1000)} s in all`;
      return `${device}: agreed ${share.toFixed(1)} % of ${seconds} s; ${apart}`;
    });
};

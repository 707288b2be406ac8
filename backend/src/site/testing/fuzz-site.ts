import { isFault, millis } from '@phloem/protocol';
import { readDocuments, type SourceFile } from '@phloem/rules';
import { EMPTY, merge } from 'rxjs';
import type { DialLink } from '../../field/bus/field-link.ts';
import { toCount, isWrite, type BusRequest } from '../../field/modbus/bus-request.ts';
import { openField } from '../../field/io/open-field.ts';
import { createDice } from '../../field/testing/fuzz-bus.ts';
import { createVirtualScheduler, type VirtualScheduler } from '../../field/testing/virtual-scheduler.ts';
import { toWired } from '../to-relays.ts';
import { loadSite } from '../load-site.ts';
import type { Profile } from '../profile.ts';
import { parseProfile } from '../parse-profile.ts';
import { siteFromContent, type LoadedSite } from '../site-content.ts';
import type { DeviceSpec } from '../site.ts';
import { mutateText } from './mutate-text.ts';

/** A site that is right, and the profiles that it may name. */
export type FuzzSite = { readonly name: string; readonly files: readonly SourceFile[] };

export type SiteFuzzReport = {
  readonly accepted: number;
  readonly refused: number;
  /** What went wrong otherwise: the document and the error. */
  readonly crashes: readonly { readonly n: number; readonly of: string; readonly text: string; readonly error: string }[];
};

/** How long an accepted site is polled, in virtual time; and how many steps that may take at most. */
const polledMs = millis(3000);
const maxSteps = 4000;

/** A line on which every unit answers at once, with whatever the dice say. */
const createDial =
  (scheduler: VirtualScheduler, dice: () => number): DialLink =>
  (tell) => {
    let isOver = false;
    const answer = (request: BusRequest): void => {
      if (isOver) return;
      const count = toCount(request);
      const isBits = request.function === 1 || request.function === 2;
      if (dice() < 0.05) tell({ kind: 'answered', outcome: { kind: 'exception', code: 1 + Math.floor(dice() * 11) } });
      else if (isWrite(request)) tell({ kind: 'answered', outcome: { kind: 'echoed' } });
      else if (isBits) {
        tell({ kind: 'answered', outcome: { kind: 'bits', values: Array.from({ length: count }, () => dice() < 0.5) } });
      } else {
        const values = Array.from({ length: count }, () => Math.floor(dice() * 65_536));
        tell({ kind: 'answered', outcome: { kind: 'words', values } });
      }
    };
    scheduler.schedule(() => isOver || tell({ kind: 'opened' }), 1);
    return {
      send: (request, mayStill) =>
        void scheduler.schedule(() => (mayStill?.() === false ? tell({ kind: 'withdrawn' }) : answer(request)), 5),
      end: () => {
        isOver = true;
      },
    };
  };

const toSafeValue = ({ failSafe }: DeviceSpec) => ('value' in failSafe ? failSafe.value : failSafe.then);

/** Polls an accepted site for a while, and writes each device; throws what the hub would have met. */
const liveWith = async (loaded: LoadedSite, dice: () => number): Promise<void> => {
  // As every later start reads it.
  const site = siteFromContent(loaded.content);
  const scheduler = createVirtualScheduler();
  const failures: unknown[] = [];
  const field = openField(site, { scheduler, random: dice, dial: () => createDial(scheduler, dice), wall: () => 1_800_000_000_000 });
  const note = (error: unknown): void => void failures.push(error);
  const subscription = merge(field.frames$, field.deviceReports$, field.alarms$ ?? EMPTY, field.status$).subscribe({ error: note });
  for (const device of site.devices.flatMap(toWired)) field.write(device, toSafeValue(device)).catch(note);
  for (let step = 0; step < maxSteps && scheduler.now() < polledMs && scheduler.advance(); step += 1) await Promise.resolve();
  subscription.unsubscribe();
  await field.close();
  if (failures.length > 0) throw failures[0];
};

/** Claims that a document was refused in order: by a fault that says what to do. */
const isRefusal = (error: unknown): boolean =>
  isFault(error) && error.code.startsWith('document/') && error.message.length > 0 && error.message.length < 200_000;

/** Gets shipped sites and profiles wrong, again and again: each is refused with a reason, or can be lived with. */
export const fuzzSites = async (options: {
  readonly sites: readonly FuzzSite[];
  readonly profiles: readonly Profile[];
  /** The texts of the profiles. */
  readonly profileFiles: readonly SourceFile[];
  readonly cases: number;
  readonly seed: number;
}): Promise<SiteFuzzReport> => {
  const { sites, profiles, profileFiles, cases, seed } = options;
  const dice = createDice(seed);
  const crashes: SiteFuzzReport['crashes'][number][] = [];
  const counts = { accepted: 0, refused: 0 };
  for (let n = 0; n < cases; n += 1) {
    const isProfile = dice() < 0.3;
    const files = isProfile ? profileFiles : (sites[Math.floor(dice() * sites.length)]?.files ?? []);
    const at = Math.floor(dice() * files.length);
    const file = files[at];
    if (file === undefined) continue;
    const text = mutateText(file.text, dice);
    try {
      if (isProfile) await liveWithProfile({ ...file, text }, profiles, dice);
      else await liveWith(loadSite(files.with(at, { ...file, text }), profiles), dice);
      counts.accepted += 1;
    } catch (error) {
      counts.refused += 1;
      if (!isRefusal(error)) {
        crashes.push({ n, of: file.path, text, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      }
    }
  }
  return { ...counts, crashes };
};

/** A profile is lived with in a site that reads all of its points. */
const liveWithProfile = async (file: SourceFile, profiles: readonly Profile[], dice: () => number): Promise<void> => {
  for (const source of readDocuments([file])) {
    const profile = parseProfile(source);
    const measurements = Object.fromEntries(Object.keys(profile.points).map((name, n) => [`m${n}`, name]));
    const site = {
      apiVersion: 'phloem/v1',
      kind: 'Site',
      metadata: { id: 'house/site' },
      spec: {
        timeZone: 'UTC',
        locations: [{ id: 'house' }],
        buses: [{ id: 'line', transport: 'tcp', host: '127.0.0.1', port: 5020 }],
        instruments: [
          { id: 'unit', bus: 'line', unit: 1, profile: profile.profile, location: 'house', cluster: 'here', interval: '1s', measurements },
        ],
      },
    };
    const others = profiles.filter((other) => other.profile !== profile.profile);
    await liveWith(loadSite([{ path: 'site.yaml', text: JSON.stringify(site) }], [...others, profile]), dice);
  }
};

import { isFault, type DeviceId } from '@phloem/protocol';
import {
  compileInterlocks,
  DevicesDocument,
  DocumentFault,
  findProblems,
  hintForName,
  kindOf,
  readDocuments,
  SiteDocument,
  toSiteModel,
  type Problem,
  type SiteSpec,
  type SourceDocument,
  type SourceFile,
} from '@phloem/protocol/rules';
import { parseProfile, type Profile } from './profile.ts';
import { createComplain, toMillis, type Complain, type SiteNames } from './site-check.ts';
import { toLoadedSite, type LoadedSite } from './site-content.ts';
import type { BusSpec, BusTransport, DeviceSpec, Site } from './site.ts';
import { checkFeedback, toDevices } from './to-devices.ts';
import { toPoints } from './to-points.ts';
import { toQuirks } from './to-quirks.ts';

export type LoadSiteOptions = {
  /** Ports that take the place of those in the documents, by bus: for a plant that listens elsewhere. */
  readonly busPorts?: Readonly<Record<string, number>>;
};

const kinds = ['Site', 'Devices', 'Interlocks', 'Signals'];

const isZone = (timeZone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    // The only way to ask is to try.
    return false;
  }
};

const checkUnique = (ids: readonly string[], list: string, complain: Complain): void => {
  ids.forEach((id, index) => {
    if (ids.indexOf(id) < index) complain(['spec', list, index, 'id'], 'an id of its own', `${id}, for the second time`);
  });
};

const toTransport = (bus: SiteSpec['buses'][number], port: number | undefined): BusTransport => {
  if (bus.transport === 'rtu') {
    const { path, baudRate, parity = 'even', stopBits = parity === 'none' ? 2 : 1 } = bus;
    return { kind: 'rtu', path, baudRate, parity, stopBits };
  }
  return { kind: bus.transport, host: bus.host, port: port ?? bus.port };
};

const toBuses = (spec: SiteSpec, busPorts: Readonly<Record<string, number>>, complain: Complain): readonly BusSpec[] => {
  const owners = new Map<string, string>();
  return spec.buses.map((bus, index) => {
    const transport = toTransport(bus, busPorts[bus.id]);
    const peer = transport.kind === 'rtu' ? transport.path : `${transport.host}:${transport.port}`;
    const owner = owners.get(peer);
    // Two owners of one line would send two requests at once.
    if (owner !== undefined) complain(['spec', 'buses', index], 'a line, or a host and port, of its own', `${peer}, which is bus ${owner}`);
    owners.set(peer, bus.id);
    return {
      id: bus.id,
      transport,
      connectTimeoutMs: toMillis(bus.connectTimeout, 2_000),
      answerTimeoutMs: toMillis(bus.answerTimeout, 1_000),
    };
  });
};

const toSiteParts = (
  source: SourceDocument,
  { metadata, spec }: SiteDocument,
  profiles: ReadonlyMap<string, Profile>,
  options: LoadSiteOptions,
  problems: Problem[],
): { readonly parts: Omit<Site, 'hash' | 'devices'>; readonly names: SiteNames } => {
  const complain = createComplain(source, problems);
  if (!isZone(spec.timeZone)) complain(['spec', 'timeZone'], 'a time zone, such as Europe/Vienna', JSON.stringify(spec.timeZone));
  checkUnique(
    spec.locations.map((location) => location.id),
    'locations',
    complain,
  );
  checkUnique(
    spec.buses.map((bus) => bus.id),
    'buses',
    complain,
  );
  checkUnique(
    spec.instruments.map((instrument) => instrument.id),
    'instruments',
    complain,
  );
  const names: SiteNames = {
    buses: spec.buses.map((bus) => bus.id),
    locations: spec.locations.map((location) => location.id),
    profiles,
  };
  const parts = {
    title: metadata.title ?? metadata.id,
    timeZone: spec.timeZone,
    isDemonstration: spec.isDemonstration ?? false,
    locations: spec.locations.map(({ id, title }) => ({ id, title: title ?? id })),
    buses: toBuses(spec, options.busPorts ?? {}, complain),
    points: toPoints(spec, names, complain),
  };
  const quirks = toQuirks(spec, names);
  // Left out where there are none, so that a site without them keeps its name.
  return { parts: quirks.length === 0 ? parts : { ...parts, quirks }, names };
};

const refuseKind = (source: SourceDocument): Problem => {
  const kind = kindOf(source);
  return source.problem(['kind'], {
    expected: `a kind of the site: ${kinds.slice(0, -1).join(', ')} or ${kinds.at(-1)}`,
    found: kind === '' ? 'none' : kind,
    hint: hintForName(kind, kinds),
  });
};

/** A profile of one's own lies among the documents; it says what it is by its first key. */
const isProfile = ({ value }: SourceDocument): boolean =>
  typeof value === 'object' && value !== null && 'profile' in value && !('kind' in value);

const readOwnProfiles = (sources: readonly SourceDocument[], known: readonly Profile[], problems: Problem[]): readonly Profile[] =>
  sources.flatMap((source) => {
    try {
      const profile = parseProfile(source.value);
      if (known.every((other) => other.profile !== profile.profile)) return [profile];
      problems.push(source.problem(['profile'], { expected: 'a name that no profile of the hub bears', found: profile.profile }));
    } catch (error) {
      if (!isFault(error, 'document/invalid')) throw error;
      problems.push(source.problem([], { expected: 'a profile', found: error.message }));
    }
    return [];
  });

const nowhere = (expected: string, found: string, hint: string): Problem => ({
  file: 'the site',
  line: 0,
  column: 0,
  path: '',
  expected,
  found,
  hint,
  excerpt: '',
});

/**
 * Makes a site of its documents (one of the kind Site; any number of Devices, of Interlocks, and of the Signals that
 * these read, and profiles of one's own), and its content: the canonical text by whose hash it is named.
 *
 * @throws DocumentFault `document/syntax` or `document/invalid` with every problem: file, line, column, what was
 * expected, what was found, what to do.
 */
export const loadSite = (files: readonly SourceFile[], profiles: readonly Profile[], options: LoadSiteOptions = {}): LoadedSite => {
  const sources = readDocuments(files);
  const problems: Problem[] = [];
  const sites = sources.filter((source) => kindOf(source) === 'Site');
  const devices = sources.filter((source) => kindOf(source) === 'Devices');
  for (const source of sources) {
    if (!kinds.includes(kindOf(source)) && !isProfile(source)) problems.push(refuseKind(source));
  }
  const own = readOwnProfiles(sources.filter(isProfile), profiles, problems);
  for (const second of sites.slice(1)) problems.push(second.problem([], { expected: 'one document of the kind Site', found: 'another' }));
  for (const source of sites) problems.push(...findProblems(SiteDocument, source));
  for (const source of devices) problems.push(...findProblems(DevicesDocument, source));
  const [source] = sites;
  if (source === undefined) {
    problems.push(
      nowhere('a document of the kind Site', files.length === 0 ? 'no file' : 'none', 'say which buses and instruments there are'),
    );
  }
  // What a name refers to can only be said of documents that are what their kind says.
  if (problems.length > 0 || source === undefined) throw new DocumentFault('document/invalid', problems);

  const byName = new Map([...profiles, ...own].map((profile) => [profile.profile, profile]));
  const { parts, names } = toSiteParts(source, source.value as SiteDocument, byName, options, problems);
  const found = new Map<DeviceId, DeviceSpec>();
  for (const document of devices) {
    const complain = createComplain(document, problems);
    const own = toDevices((document.value as DevicesDocument).spec, names, found, complain);
    checkFeedback(own, parts.points, complain);
    for (const device of own) found.set(device.id, device);
  }
  if (problems.length > 0) throw new DocumentFault('document/invalid', problems);
  const site = { ...parts, devices: [...found.values()] };
  const interlocks = sources.filter((document) => kindOf(document) === 'Interlocks' || kindOf(document) === 'Signals');
  compileInterlocks(interlocks, toSiteModel(site));
  return toLoadedSite(interlocks.length === 0 ? site : { ...site, interlocks: interlocks.map(({ value }) => value) });
};

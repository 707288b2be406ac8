import { isTimeZone, timeZoneNames, type DeviceId } from '@phloem/protocol';
import {
  compileInterlocks,
  compileSiteAlarms,
  DevicesDocument,
  DocumentFault,
  findBridgeProblems,
  findNotificationsProblems,
  findProblems,
  hintForName,
  kindOf,
  readDocuments,
  RuleTestDocument,
  SiteDocument,
  toSiteModel,
  type AlarmDefinition,
  type NotificationsDocument,
  type Problem,
  type SiteSpec,
  type SourceDocument,
  type SourceFile,
} from '@phloem/rules';
import type { Profile } from './profile.ts';
import { parseProfile } from './parse-profile.ts';
import type { SiteNames } from './site-check.ts';
import { checkBridgeSources } from './check-bridge-sources.ts';
import { createComplain, toMillis, type Complain } from './complain.ts';
import { toLoadedSite, type LoadedSite } from './site-content.ts';
import type { BusSpec, BusTransport, DeviceSpec, Site } from './site.ts';
import { checkAsking } from './check-asking.ts';
import { checkFeedback, toDevices } from './to-devices.ts';
import { toPoints } from './to-points.ts';
import { toQuirks } from './to-quirks.ts';
import { toSources } from './to-source-points.ts';

export type LoadSiteOptions = {
  /** Ports that take the place of those in the documents, by bus: for a simulator that listens elsewhere. */
  readonly busPorts?: Readonly<Record<string, number>>;
};

const kinds = ['Site', 'Devices', 'Interlocks', 'Alarm', 'Setpoints', 'Signals', 'RuleTest', 'Bridge', 'Notifications'];

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
      ...(bus.requestGap !== undefined && { requestGapMs: toMillis(bus.requestGap, 0) }),
      ...(bus.connectDelay !== undefined && { connectDelayMs: toMillis(bus.connectDelay, 0) }),
      ...(bus.broadcastDelay !== undefined && { broadcastDelayMs: toMillis(bus.broadcastDelay, 0) }),
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
  if (!isTimeZone(spec.timeZone)) {
    const hint = hintForName(spec.timeZone, timeZoneNames());
    complain(['spec', 'timeZone'], 'a time zone, such as Europe/Vienna', JSON.stringify(spec.timeZone), hint);
  }
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
  checkUnique(
    (spec.sources ?? []).map((source) => source.id),
    'sources',
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
    ...(spec.sources !== undefined && spec.sources.length > 0 && { sources: toSources(spec) }),
  };
  return { parts, names };
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
      const profile = parseProfile(source);
      if (known.every((other) => other.profile !== profile.profile)) return [profile];
      problems.push(source.problem(['profile'], { expected: 'a name that no profile of the hub has', found: profile.profile }));
    } catch (error) {
      if (!(error instanceof DocumentFault)) throw error;
      problems.push(...error.problems);
    }
    return [];
  });

/** The documents that the alarms of a site are made of; none where it has no alarm of its own. */
const toAlarmSources = (sources: readonly SourceDocument[]): readonly SourceDocument[] => {
  const isWatching = sources.some((source) => kindOf(source) === 'Alarm' || kindOf(source) === 'Setpoints');
  return isWatching ? sources.filter((source) => ['Alarm', 'Setpoints', 'Signals'].includes(kindOf(source))) : [];
};

/** An alarm and an interlock of one name would clear each other. */
const checkNames = (
  sources: readonly SourceDocument[],
  interlocks: readonly string[],
  definitions: readonly AlarmDefinition[],
  problems: Problem[],
): void => {
  for (const { id } of definitions.filter((each) => interlocks.includes(each.id))) {
    const source = sources.find(({ value }) => (value as { metadata?: { id?: unknown } }).metadata?.id === id) ?? sources[0];
    const found = `${id}, which is an interlock`;
    if (source !== undefined) problems.push(source.problem(['metadata', 'id'], { expected: 'an id that no interlock has', found }));
  }
};

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

/** Documents that lie beside a site and are no part of what the hub controls: a change of one is no new site. */
const readBeside = (sources: readonly SourceDocument[], problems: Problem[]) => {
  const of = (kind: string): readonly SourceDocument[] => sources.filter((source) => kindOf(source) === kind);
  for (const test of of('RuleTest')) problems.push(...findProblems(RuleTestDocument, test));
  const bridges = of('Bridge');
  for (const bridge of bridges) problems.push(...findBridgeProblems(bridge));
  const [notifications, ...more] = of('Notifications');
  if (notifications !== undefined) problems.push(...findNotificationsProblems(notifications));
  for (const second of more) problems.push(second.problem([], { expected: 'one document of the kind Notifications', found: 'another' }));
  return { bridges, notifications };
};

/**
 * Makes a site of its documents (one of the kind Site; any number of Devices, of Interlocks, and of the Signals that
 * these read, of Alarms and the Setpoints and Signals that they read, and profiles of one's own), and its content: the canonical text by whose hash it is named.
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
  const { bridges, notifications } = readBeside(sources, problems);
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
  checkBridgeSources(bridges, parts, problems);
  const found = new Map<DeviceId, DeviceSpec>();
  for (const document of devices) {
    const complain = createComplain(document, problems);
    const own = toDevices((document.value as DevicesDocument).spec, names, found, complain);
    checkFeedback(own, parts.points, complain);
    for (const device of own) found.set(device.id, device);
  }
  const { spec } = source.value as SiteDocument;
  const complain = createComplain(source, problems);
  const quirks = toQuirks(
    spec,
    devices.map((document) => (document.value as DevicesDocument).spec),
    names,
    complain,
  );
  // Left out where there are none, so that a site without them keeps its name.
  const site = { ...parts, ...(quirks.length > 0 && { quirks }), devices: [...found.values()] };
  checkAsking(spec, site, complain);
  if (problems.length > 0) throw new DocumentFault('document/invalid', problems);
  const interlocks = sources.filter((document) => kindOf(document) === 'Interlocks' || kindOf(document) === 'Signals');
  const model = toSiteModel(site);
  const plan = compileInterlocks(interlocks, model);
  const alarms = toAlarmSources(sources);
  checkNames(alarms, plan.alarms, compileSiteAlarms(alarms, model).definitions, problems);
  if (problems.length > 0) throw new DocumentFault('document/invalid', problems);
  const loaded = toLoadedSite({
    ...site,
    ...(interlocks.length > 0 && { interlocks: interlocks.map(({ value }) => value) }),
    ...(alarms.length > 0 && { alarms: alarms.map(({ value }) => value) }),
  });
  return notifications === undefined ? loaded : { ...loaded, notifications: notifications.value as NotificationsDocument };
};

import { loadSite, parseProfileValue, readProfiles } from '@phloem/backend';
import { describeDocuments, describeProfile } from '@phloem/cli';
import type { AlarmReport, Entry } from '@phloem/protocol';
import {
  compileAlarms,
  compileBundle,
  compileInterlocks,
  compileSiteAlarms,
  DocumentFault,
  kindOf,
  formatPath,
  runAllRuleTests,
  toBundle,
  toSiteModel,
  toTestSite,
  type AlarmPlan,
  type InterlockPlan,
  type SiteModel,
  type SourceDocument,
} from '@phloem/rules';
import { runSite } from './key-hub.ts';
import { isMap } from './key-paths.ts';
import { toStream, type StreamShape } from './key-stream.ts';

/** What came of documents: what they do, as one text, or why they are refused. */
export type Effect = { readonly kind: 'does'; readonly what: string } | { readonly kind: 'refused'; readonly why: string };

const refusedOr = async (does: () => Promise<unknown>): Promise<Effect> => {
  try {
    return { kind: 'does', what: JSON.stringify(await does()) };
  } catch (error) {
    if (!(error instanceof DocumentFault)) throw error;
    return { kind: 'refused', why: error.problems.map(({ path, expected }) => `${path}: ${expected}`).join('; ') };
  }
};

/** A document of a folder; `part` says whether it is of the site or of the bundle. */
export type Doc = { readonly file: string; readonly part: 'site' | 'bundle'; readonly value: unknown };
/** The documents of a site and of its bundle. */
export type World = {
  readonly name: string;
  readonly docs: readonly Doc[];
  readonly timeZone: string;
  readonly stream?: StreamShape;
};

/** What documents do, and what people are shown of it. */
type Outcome = { readonly does: unknown; readonly says: unknown };

const shipped = readProfiles();
const epoch = { epoch: 'aaaaaaaaaaaa' } as const;

const toSource = ({ file, value }: Doc): SourceDocument => ({
  file,
  value,
  problem: (path, { expected, found = '', hint = '' }) => ({
    file,
    line: 0,
    column: 0,
    path: formatPath(path),
    expected,
    found,
    hint,
    excerpt: '',
  }),
});
const kindsIn = (docs: readonly Doc[], ...kinds: readonly string[]): readonly SourceDocument[] =>
  docs.map(toSource).filter((source) => kinds.includes(kindOf(source)));

const isProfile = ({ value }: Doc): boolean => isMap(value) && 'profile' in value;

const load = (docs: readonly Doc[]): ReturnType<typeof loadSite> => {
  const own = docs.filter(isProfile).map(({ value }) => parseProfileValue(value));
  const names = new Set(own.map(({ profile }) => profile));
  const files = docs.filter((doc) => !isProfile(doc)).map(({ value }, i) => ({ path: `${i}.json`, text: JSON.stringify(value) }));
  return loadSite(files, [...shipped.filter(({ profile }) => !names.has(profile)), ...own]);
};

/** The site that rules are compiled against: loaded where there is one, else made of devices and inputs. */
const toModel = ({ docs, timeZone }: World): SiteModel => toTestSite(docs.map(toSource), timeZone);

const toAlarmEffect = (plan: AlarmPlan, entries: readonly Entry[]): Outcome => {
  let state = plan.start();
  const found = entries.map((entry) => {
    const next = plan.step(state, entry);
    state = next.state;
    return next.isNews ? plan.find(state) : [];
  });
  return {
    does: [
      plan.definitions.map(({ guidance: _guidance, ...rest }) => rest),
      plan.ofRules,
      found.map((all) => all.map(({ isActive, suppressed }) => [isActive, suppressed !== null])),
    ],
    says: [plan.definitions.map(({ guidance }) => guidance), found.map((all) => all.map(({ why, suppressed }) => [why, suppressed]))],
  };
};

/** Values of every kind of device, some of them beyond what any limit of a sample allows. */
const asked = [true, 70, 5, 19, 29] as const;

const toInterlockEffect = (plan: InterlockPlan, model: SiteModel, entries: readonly Entry[]): Outcome => {
  let state = plan.start();
  const steps = entries.map((entry, i) => {
    const next = plan.step(state, entry);
    state = next.state;
    const left =
      i % 5 === 0 || next.touched.length > 0
        ? model.devices.map(({ id }) => asked.map((value) => ({ ...plan.restrict(state, id, value), why: '' })))
        : 0;
    const free = i % 5 === 0 ? plan.phases(state).map(({ id }) => plan.isResettable(state, id)) : 0;
    return { next, does: [next.changes.map(({ id, state: phase }) => [id, phase]), toBareAlarms(next.alarms), left, free] };
  });
  return {
    does: [plan.devices, plan.alarms, steps.map(({ does }) => does)],
    says: steps.map(({ next }) => [next.changes, next.alarms]),
  };
};

const toBareAlarms = (alarms: readonly AlarmReport[]): unknown => alarms.map(({ why: _why, ...alarm }) => alarm);

const toBundleEffect = (docs: readonly Doc[], model: SiteModel, entries: readonly Entry[], isSpoken: boolean): Outcome => {
  const content = toBundle(docs.map(toSource));
  const plan = compileBundle(content, model);
  let state = plan.start();
  const says: unknown[] = [];
  const does = entries.map((entry) => {
    const result = plan.step(state, entry, epoch);
    state = result.state;
    if (isSpoken) says.push([result.traces.map(({ because, blocked }) => [because, blocked]), result.alarms]);
    return [result.decisions.map(({ why: _why, ...decision }) => decision), toBareAlarms(result.alarms), result.values];
  });
  const at = entries[0]?.at ?? 0;
  const ahead = [...new Set(model.devices.map(({ id }) => id.split('/')[0] ?? ''))].map((location) =>
    plan.forecast({ location, from: at, to: at + 172_800_000, at }),
  );
  const alarms = toAlarmEffect(compileAlarms(content, model), entries);
  return {
    does: [plan.scope, plan.alarms, plan.setpoints.map((one) => ({ ...one, locations: [...one.locations] })), ahead, does, alarms.does],
    says: [says, alarms.says],
  };
};

const setpointsOf = (docs: readonly Doc[]): readonly string[] =>
  docs.flatMap(({ value }) => {
    const { kind, metadata, spec } = value as { kind: string; metadata?: { id: string }; spec?: { setpoints?: object } };
    return kind === 'Setpoints' ? Object.keys(spec?.setpoints ?? {}).map((name) => `${metadata?.id}/${name}`) : [];
  });

/** What people are shown of documents beside what they do: by `phloem check`, and of a profile by `phloem profile show`. */
const toWords = (docs: readonly Doc[], kind: string): unknown => {
  if (kind !== 'Profile') return describeDocuments(docs.map(toSource));
  return docs.filter(isProfile).map(({ value }) => {
    const profile = parseProfileValue(value);
    return describeProfile(profile);
  });
};

/** What the documents of a world do, as far as those of one kind in one part have a say in it. */
export const toEffect = async (world: World, kind: string, part: Doc['part']): Promise<Effect> =>
  refusedOr(async () => (await toOutcome(world, kind, part, false)).does);

/** What people are shown by the documents of a world: in reasons, alarms and lists, and where a folder is checked. */
export const toReported = async (world: World, kind: string, part: Doc['part']): Promise<Effect> =>
  refusedOr(async () => [toWords(world.docs, kind), (await toOutcome(world, kind, part, true)).says]);

const toOutcome = async (world: World, kind: string, part: Doc['part'], isSpoken: boolean): Promise<Outcome> => {
  const own = world.docs.filter((doc) => doc.part === part && kindOf(toSource(doc)) !== 'RuleTest');
  if (kind === 'RuleTest') {
    const site = world.docs.filter((doc) => doc.part === 'site').map(toSource);
    const results = runAllRuleTests(world.docs.map(toSource), toModel(world), site).map(({ name, results: all }) => [
      name,
      all.map(({ durationMs: _durationMs, ...rest }) => rest),
    ]);
    return { does: results, says: results };
  }
  if (kind === 'Profile' || kind === 'Site' || kind === 'Devices') {
    const { site, content } = load(world.docs.filter((doc) => doc.part === 'site'));
    const run = await runSite(site, content);
    const bundle = world.docs.filter((doc) => doc.part === 'bundle');
    if (bundle.length === 0) return run;
    const model = toSiteModel(site);
    const rules = toBundleEffect(bundle, model, toStream(model, setpointsOf(bundle), world.stream), isSpoken);
    return { does: [run.does, rules.does], says: [run.says, rules.says] };
  }
  const model = toModel(world);
  const entries = toStream(model, setpointsOf(own), world.stream);
  if (part === 'bundle') return toBundleEffect(own, model, entries, isSpoken);
  const guards = kindsIn(own, 'Interlocks', 'Signals');
  const watching = kindsIn(own, 'Alarm', 'Setpoints', 'Signals');
  const interlocks = toInterlockEffect(compileInterlocks(guards, model), model, entries);
  if (kindsIn(own, 'Alarm', 'Setpoints').length === 0) return interlocks;
  const alarms = toAlarmEffect(compileSiteAlarms(watching, model), entries);
  return { does: [interlocks.does, alarms.does], says: [interlocks.says, alarms.says] };
};

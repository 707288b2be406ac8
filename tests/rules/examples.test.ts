import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSite, readProfiles } from '@phloem/backend';
import { toLocations } from '@phloem/protocol';
import { compileBundle, formatFailure, readBundle, readDocuments, runAllRuleTests, toSiteModel, toTestSite } from '@phloem/rules';
import { describe, expect, it } from 'vitest';
import { readFolderFiles } from '../support/folder.ts';
import { root } from '../support/repository.ts';
import { readExample } from './support/documents.ts';

const names = readdirSync(join(root, 'examples')).filter((name) => existsSync(join(root, 'examples', name, 'bundle')));
const sourcesOf = (name: string, part: string) => readDocuments(readFolderFiles(join(root, 'examples', name, part)));
const kindsOf = (name: string): readonly string[] =>
  ['bundle', 'site'].flatMap((part) => sourcesOf(name, part).map(({ value }) => (value as { kind: string }).kind));

/** The folders of the handbook with examples to copy. */
const handbook = join(root, 'examples/handbook');
const recipes = readdirSync(handbook).filter((name) => existsSync(join(handbook, name, 'test.yaml')));
const recipeOf = (name: string) => readDocuments(readFolderFiles(join(handbook, name)));

describe('the examples', () => {
  it('cover every kind of document', () => {
    const handbook = recipes.flatMap((name) => recipeOf(name).map(({ value }) => (value as { kind: string }).kind));
    const kinds = new Set([...names.flatMap(kindsOf), ...handbook]);
    expect([...kinds].toSorted()).toEqual([
      'Alarm',
      'Devices',
      'Interlocks',
      'LeadLag',
      'Loop',
      'Rule',
      'RuleTest',
      'Setpoints',
      'Signals',
      'Site',
    ]);
  });

  it.each(names)('%s: bundle and interlocks compile, and a saved state comes back', (name) => {
    const { plan, interlocks } = readExample(name);
    expect(toLocations(plan.scope)).toContain(name === 'actuators' ? 'bench' : 'flower_room');
    expect(interlocks.devices.length).toBeGreaterThan(0);
    const state = plan.start();
    expect(plan.hashState(plan.restore(plan.save(state)))).toBe(plan.hashState(state));
  });

  it('flower-room: the rules of its three rooms pass their tests', () => {
    const [site, bundle] = [sourcesOf('flower-room', 'site'), sourcesOf('flower-room', 'bundle')];
    const runs = runAllRuleTests([...site, ...bundle], toTestSite([...site, ...bundle], 'Europe/Berlin'));
    expect(runs.map(({ name }) => name)).toEqual([
      'flower_room/rules.test',
      'flower_room/lights.test',
      'propagation/rules.test',
      'cold_store/rules.test',
    ]);
    const results = runs.flatMap((run) => run.results);
    expect(results).toHaveLength(13);
    expect(results.flatMap(({ name, failures }) => failures.map((failure) => `${name}: ${formatFailure(failure)}`))).toEqual([]);
  });

  it('actuators: a valve, a dimmer, an air conditioner and a drive pass their tests', () => {
    const [site, bundle] = [sourcesOf('actuators', 'site'), sourcesOf('actuators', 'bundle')];
    const results = runAllRuleTests([...site, ...bundle], toTestSite([...site, ...bundle], 'Europe/Berlin')).flatMap((run) => run.results);
    expect(results).toHaveLength(3);
    expect(results.flatMap(({ name, failures }) => failures.map((failure) => `${name}: ${formatFailure(failure)}`))).toEqual([]);
  });

  it('handbook: every rule and loop has a test, and all pass', () => {
    const [site, bundle] = [sourcesOf('handbook', 'site'), sourcesOf('handbook', 'bundle')];
    const runs = runAllRuleTests([...site, ...bundle], toTestSite([...site, ...bundle], 'Europe/Amsterdam'));
    expect(runs.map(({ name }) => name)).toEqual(['flower_room/dehumidify.test', 'flower_room/temp-loop.test']);
    const results = runs.flatMap((run) => run.results);
    expect(results.length).toBeGreaterThanOrEqual(6);
    expect(results.flatMap(({ name, failures }) => failures.map((failure) => `${name}: ${formatFailure(failure)}`))).toEqual([]);
  });

  it.each(recipes)('handbook: %s passes its tests, and its README says what it shows', (name) => {
    const runs = runAllRuleTests(recipeOf(name), toTestSite([], 'UTC'));
    const results = runs.flatMap((run) => run.results);
    expect(results.length).toBeGreaterThan(0);
    expect(results.flatMap(({ name: test, failures }) => failures.map((failure) => `${test}: ${formatFailure(failure)}`))).toEqual([]);
    expect(readFileSync(join(handbook, 'README.md'), 'utf8')).toContain(`| \`${name}\` |`);
  });

  it('freezers: a site of alarms alone, with no device and no bundle, loads and passes its tests', () => {
    const sources = sourcesOf('freezers', 'site');
    const { site } = loadSite(readFolderFiles(join(root, 'examples/freezers/site')), readProfiles());
    expect(site.devices).toEqual([]);
    const [run] = runAllRuleTests(sources, toSiteModel(site), sources);
    expect(run?.results).toHaveLength(3);
    expect(run?.results.flatMap(({ name, failures }) => failures.map((failure) => `${name}: ${formatFailure(failure)}`))).toEqual([]);
  });

  it('handbook: its bundle is the content that its JSON is', () => {
    const content = readBundle(readFolderFiles(join(root, 'examples/handbook/bundle')));
    const site = toTestSite([...sourcesOf('handbook', 'site'), ...sourcesOf('handbook', 'bundle')]);
    const again = compileBundle(JSON.parse(JSON.stringify(content)) as typeof content, site);
    expect(again.hash).toBe(compileBundle(content, site).hash);
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { built, startProcess, type MeshProcess } from '../support/process.ts';
import { root } from '../support/repository.ts';
import { until } from '../support/until.ts';
import { addressOf, uniqueName } from './support/addresses.ts';

type Query = { readonly title: string; readonly format: string; readonly sql: string };
type Target = { readonly format: string; readonly rawSql: string };
type Dashboard = {
  readonly panels: readonly { readonly title: string; readonly targets: readonly Target[] }[];
  readonly annotations: { readonly list: readonly { readonly name: string; readonly target: Target }[] };
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string; readonly query: string }[] };
};

const dashboard = JSON.parse(readFileSync(join(root, 'examples/grafana/phloem.json'), 'utf8')) as Dashboard;
const { panels, annotations, templating } = dashboard;

const queries: readonly Query[] = [
  ...panels.flatMap(({ title, targets }) => targets.map(({ format, rawSql }) => ({ title, format, sql: rawSql }))),
  ...annotations.list.map(({ name, target }) => ({ title: `annotation ${name}`, format: target.format, sql: target.rawSql })),
  ...templating.list
    .filter(({ type }) => type === 'query')
    .map(({ name, query }) => ({ title: `variable ${name}`, format: 'variable', sql: query })),
];

/** What Grafana replaces before it sends a query. */
const expand = (sql: string, schema: string): string =>
  sql
    .replaceAll(/\$__timeFilter\(([^)]*)\)/g, "$1 BETWEEN now() - INTERVAL '6 hours' AND now() + INTERVAL '1 minute'")
    .replaceAll('$__interval', '30s')
    .replaceAll('$location', "'flower_room','propagation'")
    .replaceAll('$measurement', 'temperature')
    .replaceAll('phloem.', `${schema}.`);

/** Those that have an answer on any hub that has run for a moment. */
const neverEmpty = [
  'Age of the newest row',
  'Active alarms',
  'Readings without a usable value',
  'Missing entries',
  '$measurement',
  'Confirmed device states',
  'Newest reading of each point',
  'variable location',
  'variable measurement',
];

const schema = uniqueName();
const client = new Client({ connectionString: addressOf('postgres') });
const site = mkdtempSync(join(tmpdir(), 'phloem-grafana-'));
let mesh: Mesh | null = null;
let bridge: MeshProcess | null = null;

const ask = async (sql: string): Promise<readonly Record<string, unknown>[]> => (await client.query<Record<string, unknown>>(sql)).rows;

describe('the dashboard for Grafana, on the tables of the PostgreSQL bridge', () => {
  beforeAll(async () => {
    await client.connect();
    mesh = await openMesh();
    const target = `{ kind: postgresql, url: "${addressOf('postgres')}", schema: ${schema} }`;
    const filter = '{ kinds: [sensor, device, alarm] }';
    const document = `apiVersion: phloem/v1\nkind: Bridge\nmetadata: { id: dashboards }\nspec:\n  target: ${target}\n  filter: ${filter}\n  fill: first\n`;
    writeFileSync(join(site, 'bridge.yaml'), document);
    const args = ['bridge', 'run', 'dashboards', '--site', site, '--port', String(mesh.port), '--data', mesh.data];
    bridge = await startProcess('bridge', [built.phloem, ...args]);
    await until(
      'a confirmed device state in PostgreSQL',
      () => ask(`SELECT 1 FROM ${schema}.device_state WHERE phase = 'confirmed' LIMIT 1`),
      ({ length }) => length > 0,
      120_000,
    );
  }, 300_000);

  afterAll(async () => {
    await bridge?.end('SIGTERM');
    await mesh?.[Symbol.asyncDispose]();
    await ask(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    await client.end();
    rmSync(site, { recursive: true, force: true });
  });

  it('has no macro or variable that this test does not replace', () => {
    expect(queries.filter(({ sql }) => expand(sql, schema).includes('$'))).toEqual([]);
    expect(queries.length).toBeGreaterThan(10);
  });

  it.each(queries)('answers "$title"', async ({ title, format, sql }) => {
    const rows = await ask(expand(sql, schema));
    expect(rows.length).toBeGreaterThanOrEqual(neverEmpty.includes(title) ? 1 : 0);
    const series = format === 'time_series' ? rows : [];
    const sample = { time: expect.any(Date) as Date, metric: expect.any(String) as string, value: expect.any(Number) as number };
    expect(series).toEqual(series.map(() => sample));
  });

  it('shows no value that may not be used, and no state that was not read back', async () => {
    const [values] = await ask(
      expand(
        (queries.find(({ title }) => title === '$measurement')?.sql ?? '').replace(
          'GROUP BY',
          "AND r.quality NOT IN ('good', 'uncertain', 'simulated') GROUP BY",
        ),
        schema,
      ),
    );
    expect(values).toBeUndefined();
    const states = await ask(expand(queries.find(({ title }) => title === 'Confirmed device states')?.sql ?? '', schema));
    const confirmed = await ask(
      `SELECT DISTINCT device FROM ${schema}.device_state WHERE phase = 'confirmed' AND device NOT LIKE 'cold_store/%'`,
    );
    expect(new Set(states.map(({ metric }) => metric))).toEqual(new Set(confirmed.map(({ device }) => device)));
  });
});

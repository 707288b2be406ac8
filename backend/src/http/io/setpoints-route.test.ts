import { canonicalJson, hashDocument, type SetpointsAhead } from '@phloem/protocol';
import { readBundle } from '@phloem/rules';
import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import { createBundleForecast } from '../../documents/bundle-forecast.ts';
import { createLivePlans } from '../../documents/live-plans.ts';
import { catchUpView } from '../../sessions/run-sessions.ts';
import { createHubFixture } from '../../sessions/testing/hub-fixture.ts';
import { roomSite as site } from '../../setpoints/testing/moved-room.ts';
import { registerSetpointsRoute } from './setpoints-route.ts';
import { validateStrictly } from './strict-validation.ts';

const HOUR = 3_600_000;

const bundleText = `
apiVersion: phloem/v1
kind: Setpoints
metadata: { id: flower_room/climate }
spec:
  clock: { mode: lights, on: "06:00", duration: 12h }
  setpoints:
    temp: [ { at: lights-on, value: "26 °C" }, { at: lights-off, value: "20 °C" } ]
---
apiVersion: phloem/v1
kind: Rule
metadata: { id: flower_room/heat }
spec:
  use: { setpoints: flower_room/climate }
  when: 'sp.temp > degC(25)'
  then: [ { request: { device: flower_room/heater, value: on, level: control } } ]
  onUnknown: { hold: 1min, then: release }
`;

const open = () => {
  const hub = createHubFixture();
  const app = fastify();
  validateStrictly(app);
  const plans = createLivePlans({ store: hub.store, site, view: hub.view });
  const forecast = createBundleForecast({ plans, view: hub.view, clock: hub.store.clock });
  registerSetpointsRoute(app, {
    forecast,
    view: { layout: { locations: [{ id: 'flower_room' }, { id: 'nursery' }] } },
    clock: { at: () => hub.time.at },
  });
  const ask = async (query = '', id = 'flower_room') => {
    const answer = await app.inject({ method: 'GET', url: `/api/v1/locations/${id}/setpoints${query}` });
    return { status: answer.statusCode, body: answer.json<SetpointsAhead & { code?: string; message?: string }>() };
  };
  const promote = (): string => {
    const text = canonicalJson(readBundle([{ path: 'bundle.yaml', text: bundleText }]));
    const hash = hashDocument(text);
    hub.store.documents.put(hash, text);
    hub.store.log.append([{ kind: 'bundle', scope: 'flower_room', hash, revision: 3, mode: 'live' }]);
    catchUpView(hub.view, hub.store.log);
    return hash;
  };
  return { ...hub, ask, promote };
};

describe('set-points over HTTP', () => {
  it('has none while no bundle is live', async () => {
    const { ask, time } = open();
    expect(await ask()).toEqual({ status: 200, body: { location: 'flower_room', bundle: null, at: time.at, setpoints: [], dark: [] } });
  });

  it('returns those of the live bundle, from a day back to 12 hours ahead', async () => {
    const { ask, promote, time } = open();
    const hash = promote();
    const { body } = await ask();
    expect(body.bundle).toEqual({ hash, revision: 3 });
    const [temp] = body.setpoints;
    expect(temp).toMatchObject({ name: 'flower_room/climate/temp', quantity: 'temperature', target: null, points: [] });
    expect(temp?.steps[0]?.at).toBe(time.at - 24 * HOUR);
    expect(temp?.steps.at(-1)?.at).toBe(time.at + 12 * HOUR);
    expect(new Set(temp?.steps.map(({ value }) => value))).toEqual(new Set([20, 26]));
    expect(body.dark.length).toBeGreaterThan(0);
  });

  it('returns the window that is asked for', async () => {
    const { ask, promote, time } = open();
    promote();
    const { body } = await ask(`?from=${time.at}&to=${time.at + HOUR}`);
    expect(body.setpoints[0]?.steps.map(({ at }) => at)).toEqual([time.at, time.at + HOUR]);
  });

  it('keeps to the location: where the bundle commands nothing, nothing is steered', async () => {
    const { ask, promote } = open();
    promote();
    expect((await ask('', 'nursery')).body).toMatchObject({ bundle: null, setpoints: [], dark: [] });
  });

  it.each([
    ['?from=soon', /from/],
    ['?from=2000&to=1000', /to \(1000\) must come after from \(2000\)/],
    ['?from=0&to=9000000000', /31 days/],
    ['?to=1e300', /to/],
  ])('refuses %s by name', async (query, message) => {
    const { status, body } = await open().ask(query);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body.message).toMatch(message);
  });

  it('refuses a location that the site has not', async () => {
    expect((await open().ask('', 'attic')).body.message).toMatch(/no location attic/);
  });
});

import type { DeviceLayout, PointLayout, PointState, Snapshot } from '@phloem/protocol';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../support/open-browser.ts';
import { openScriptedHub, type Script } from '../support/scripted-hub.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const openAt = async (script: Script, path = '/', viewport = { width: 1280, height: 800 }) => {
  const hub = await openScriptedHub(script);
  const context = await browser.newContext({ viewport });
  const page = await context.newPage();
  const mistakes: string[] = [];
  page.on('pageerror', (error) => mistakes.push(error.message));
  await page.goto(`${hub.url}${path}`);
  return {
    page,
    mistakes,
    [Symbol.asyncDispose]: async () => {
      await context.close();
      await hub[Symbol.asyncDispose]();
    },
  };
};

type Picture = Extract<Script, { snapshot: unknown }>['snapshot'];
const nothing: Picture = {
  points: [],
  devices: [],
  alarms: [],
  values: [],
  buses: [],
  automation: [],
  overrides: [],
  offsets: [],
  interlocks: [],
  site: {
    hash: 'a',
    revision: 1,
    title: 'Greenhouse',
    timeZone: 'Asia/Kathmandu',
    isDemonstration: false,
    locations: [],
    points: [],
    devices: [],
  },
};

/** So many rooms, each with four lines and six devices. */
const withRooms = (count: number): Picture => {
  const ids = Array.from({ length: count }, (_, index) => `room_${index + 1}`);
  const kinds = [
    ['temperature', 'temperature', 26.1],
    ['vpd', 'vapour_pressure_deficit', 1.22],
    ['co2', 'mole_fraction', 982],
    ['dli', 'daily_light_integral', 21.4],
  ] as const;
  const points: PointLayout[] = ids.flatMap((id) =>
    kinds.map(([name, quantity]) => ({
      id: `${id}/front/${name}`,
      quantity,
      intervalMs: 3_600_000,
      decimals: 1,
      title: '',
      isDerived: false,
      range: { min: 0, max: 2000 },
    })),
  );
  const devices: DeviceLayout[] = ids.flatMap((id) =>
    ['lights', 'heater', 'fan', 'dehumidifier', 'valve', 'fogger'].map((name) => ({
      id: `${id}/${name}`,
      kind: 'switch' as const,
      title: name,
      power: null,
      failSafe: { afterMs: 10_000, value: false },
      limits: { maxOverrideMs: 3_600_000 },
    })),
  );
  const states: PointState[] = ids.flatMap((id) =>
    kinds.map(([name, , v]) => ({ id: `${id}/front/${name}`, v, q: 'good' as const, lsn: 1, reported: 59_000, changed: 59_000 })),
  );
  const locations = ids.map((id, index) => ({ id, title: `Flower room ${index + 1}` }));
  return { ...nothing, points: states, site: { ...nothing.site, locations, points, devices } };
};

const bye = (code: 'version' | 'unauthorised'): Script => ({ bye: { code, retry: false, message: 'no' } });
const isScrolling = (page: Page): Promise<boolean> =>
  page.evaluate<boolean>(`document.documentElement.scrollHeight > document.documentElement.clientHeight`);

describe('a hub that says what it rarely says', () => {
  it('another version: the page offers to load itself again, and keeps its address', async () => {
    await using panel = await openAt(bye('version'), '/room/flower_room');
    const { page } = panel;
    await page.getByRole('heading', { name: 'Hub updated' }).waitFor();
    await page.getByRole('main').getByRole('button', { name: 'Reload (keeps this view)' }).click();
    await page.getByRole('heading', { name: 'Hub updated' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/room/flower_room');
  });

  it('a session that is over: the page says what to do, and shows no number', async () => {
    await using panel = await openAt(bye('unauthorised'));
    await panel.page.getByRole('heading', { name: 'Not signed in' }).waitFor();
    expect(await panel.page.getByTestId('point').count()).toBe(0);
  });

  it('a site without rooms', async () => {
    await using panel = await openAt({ snapshot: nothing });
    await panel.page.getByRole('heading', { name: 'No rooms yet — add one or load the demo' }).waitFor();
    expect(panel.mistakes).toEqual([]);
  });

  it('a room without anything in it, states of what the site does not know, and a point that never came', async () => {
    const odd: Snapshot['points'][number] = { id: 'gone/a/temperature', v: 1, q: 'good', lsn: 1, reported: 59_000, changed: 59_000 };
    const one = withRooms(1);
    const picture: Picture = {
      ...one,
      points: [odd],
      site: { ...one.site, locations: [...one.site.locations, { id: 'empty_room', title: 'Empty room' }] },
    };
    await using panel = await openAt({ snapshot: picture });
    const { page } = panel;
    await page.locator('[data-testid="tile"][data-location="empty_room"]', { hasText: 'No points in this room.' }).waitFor();
    const never = page.locator('[data-testid="point"][data-point="room_1/front/temperature"][data-freshness="dead"]');
    await never.filter({ hasText: 'never received · check wiring or address' }).waitFor();
    expect(panel.mistakes).toEqual([]);
  });

  it.each([
    [1, '/wall'],
    [3, '/wall'],
    [12, '/wall'],
    [12, '/'],
  ])('%i rooms on a screen of 1920 × 1080 need no scrolling at %s', async (rooms, path) => {
    await using panel = await openAt({ snapshot: withRooms(rooms) }, path, { width: 1920, height: 1080 });
    const { page } = panel;
    await page
      .getByTestId('tile')
      .nth(rooms - 1)
      .waitFor();
    expect(await isScrolling(page)).toBe(false);
    expect(panel.mistakes).toEqual([]);
  });
});

import { setTimeout as wait } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { openBrowser } from '../support/open-browser.ts';
import { openSaboteur } from '../support/saboteur.ts';
import { createSeededRandom } from '../support/seeded-random.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const register = 'middle/temperature';
const id = 'flower_room/middle/temperature';
/** A point that is read each second is stale after 5 s; three more for a machine that is busy with other tests. */
const oldestMs = 5000 + 3000;

/** Numbers that can be distinguished, from a generator whose seed never changes. */
/**
 * Lets the simulator report another value each second, so that each number on the screen says of itself when it was true.
 *
 * @returns when a value was replaced by the next one; null for the newest.
 */
const tick = (mesh: Mesh) => {
  const replaced = new Map<string, number | null>();
  const stop = new AbortController();
  const run = async (): Promise<void> => {
    let held: { id: number } | null = null;
    for (let tenths = 200; !stop.signal.aborted; tenths = tenths === 400 ? 200 : tenths + 1) {
      const value = tenths / 10;
      const next = await mesh.simulator<{ id: number }>('POST', '/faults', { kind: 'freeze', register, value });
      if (held !== null) await mesh.simulator('DELETE', `/faults/${held.id}`);
      held = next;
      for (const [text, at] of replaced) if (at === null) replaced.set(text, Date.now());
      replaced.set(value.toFixed(1), null);
      await wait(1000, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  };
  const done = run();
  return {
    replacedAt: (text: string): number | null | undefined => replaced.get(text),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await done;
    },
  };
};

type Seen = { readonly value: string; readonly freshness: string };
const look = (page: Page): Promise<Seen> =>
  page.locator(`[data-testid="point"][data-point="${id}"]`).evaluate((element) => ({
    value: element.querySelector('[data-testid="value"]')?.textContent ?? '',
    freshness: element.getAttribute('data-freshness') ?? '',
  }));

describe('between browser and hub', () => {
  it('no number looks fresh that is older than its limit, and no alarm is missed, whatever happens on the way', async () => {
    await using mesh = await openMesh({ withAutomation: false });
    await using saboteur = await openSaboteur(mesh.port, createSeededRandom(20_261_123));
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    const mistakes: string[] = [];
    page.on('pageerror', (error) => mistakes.push(error.message));
    await page.goto(`http://127.0.0.1:${saboteur.port}${await mesh.signInPath()}`);
    await page.locator('[data-testid="panel"][data-screen="site"]').waitFor();
    await page.goto(`http://127.0.0.1:${saboteur.port}/room/flower_room`);
    await using values = tick(mesh);

    const tooOld: string[] = [];
    /** Looks at the number until `isEnough`, and keeps what should not have been seen. */
    const watchUntil = async (what: string, isEnough: (seen: Seen) => boolean): Promise<void> => {
      for (let looks = 0; ; looks += 1) {
        const seen = await look(page);
        const at = values.replacedAt(seen.value);
        const isClaimed = seen.freshness === 'fresh' || seen.freshness === 'late';
        if (isClaimed && typeof at === 'number' && Date.now() - at > oldestMs) tooOld.push(`${what}: ${seen.value} ${seen.freshness}`);
        if (isEnough(seen)) return;
        if (looks > 1200) throw new Error(`waited in vain: ${what}; saw ${JSON.stringify(seen)}`);
        await wait(50);
      }
    };
    const isNewest = (seen: Seen): boolean => seen.freshness === 'fresh' && values.replacedAt(seen.value) === null;
    const tamperedBy = (count: number) => () => saboteur.tampered >= count;

    await watchUntil('whole', isNewest);
    saboteur.sabotage({ drop: 0.3, duplicate: 0.3, reorder: 0.3, delayMs: 400 });
    await watchUntil('lost, doubled, out of order, late', tamperedBy(40));
    saboteur.heal();
    await watchUntil('whole again', isNewest);

    saboteur.sabotage({ isBlackHole: true });
    await mesh.simulator('POST', '/faults', { kind: 'silence', unit: 3 });
    await watchUntil('a black hole', (seen) => seen.freshness !== 'fresh' && seen.freshness !== 'late');
    await expect
      .poll(async () =>
        (await mesh.get<{ entries: { kind: string }[] }>('/api/v1/log?after=0&limit=10000')).entries.some(({ kind }) => kind === 'alarm'),
      )
      .toBe(true);
    saboteur.heal();
    await watchUntil('out of the black hole', isNewest);
    await page
      .getByText(/unit 3 of bus simulator does not answer/)
      .first()
      .waitFor({ timeout: 60_000 });

    saboteur.cut();
    await watchUntil('after a cut', isNewest);
    expect(tooOld).toEqual([]);
    expect(mistakes).toEqual([]);
    await context.close();
  });
});

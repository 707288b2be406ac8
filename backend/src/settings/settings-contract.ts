import { describe, expect, it } from 'vitest';
import { noSettings, type Settings, type SettingsData, type TokenRecord } from './settings.ts';

/** Makes a record that is valid; `n` distinguishes them. */
export const token = (n: number): TokenRecord => ({
  id: `token-${String(n).padStart(4, '0')}`,
  hash: n.toString(16).padStart(64, '0'),
  role: 'viewer',
  nodeId: null,
  createdAt: n,
});

/** Adds a token. */
export const withToken =
  (n: number) =>
  (data: SettingsData): SettingsData => ({ ...data, tokens: [...data.tokens, token(n)] });

const ids = (settings: Settings): readonly string[] => settings.data.tokens.map(({ id }) => id);

/** What every implementation of the settings must do. `setUp` opens fresh ones for each test. */
export function describeSettings(name: string, setUp: () => Promise<Settings>): void {
  describe(`${name} keeps the contract of the settings`, () => {
    it('begins with nothing, and nothing to report', async () => {
      const settings = await setUp();
      expect(settings.data).toEqual(noSettings);
      expect(settings.notice).toBeNull();
      await settings.close();
    });

    it('makes changes one after the other, each from the last', async () => {
      const settings = await setUp();
      await Promise.all([settings.update(withToken(1)), settings.update(withToken(2)), settings.update(withToken(3))]);
      expect(ids(settings)).toEqual(['token-0001', 'token-0002', 'token-0003']);
      await settings.close();
    });

    it('shows a change once it is kept, not before', async () => {
      const settings = await setUp();
      const changing = settings.update((data) => ({ ...data, site: { hash: 'a'.repeat(64), folder: '/site' } }));
      expect(settings.data.site.hash).toBeNull();
      expect((await changing).site.folder).toBe('/site');
      expect(settings.data.site.hash).toBe('a'.repeat(64));
      await settings.close();
    });

    it('refuses a change that breaks a rule, for its caller alone', async () => {
      const settings = await setUp();
      const bad = settings.update((data) => ({ ...data, tokens: [{ ...token(1), hash: 'short' }] }));
      const thrown = settings.update(() => {
        throw new Error('my own mistake');
      });
      const good = settings.update(withToken(2));
      await expect(bad).rejects.toMatchObject({ code: 'protocol/invalid' });
      await expect(thrown).rejects.toThrow('my own mistake');
      await good;
      expect(ids(settings)).toEqual(['token-0002']);
      await settings.close();
    });

    it('cannot be changed but by update', async () => {
      const settings = await setUp();
      await settings.update(withToken(1));
      expect(() => Object.assign(settings.data.site, { folder: '/elsewhere' })).toThrow(TypeError);
      expect(() => settings.data.tokens.push(token(2))).toThrow(TypeError);
      await settings.close();
    });

    it('refuses changes once closed, and finishes those before', async () => {
      const settings = await setUp();
      const before = settings.update(withToken(1));
      await settings.close();
      expect((await before).tokens).toHaveLength(1);
      await expect(settings.update(withToken(2))).rejects.toThrow('closed');
    });
  });
}

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readBundle } from '@phloem/rules';
import { describe, expect, it } from 'vitest';
import { loadSiteFolder } from '../../site/io/load-site-folder.ts';
import { openChecker } from './open-checker.ts';

const demonstration = {
  site: fileURLToPath(new URL('../../../../examples/flower-room/site', import.meta.url)),
  bundle: fileURLToPath(new URL('../../../../examples/flower-room/bundle', import.meta.url)),
};

const { content: siteText } = loadSiteFolder(demonstration.site, {});
const toBytes = (value: unknown): Uint8Array => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const bundle = readBundle(
  readdirSync(demonstration.bundle)
    .filter((name) => name.endsWith('.yaml'))
    .map((path) => ({ path, text: readFileSync(join(demonstration.bundle, path), 'utf8') })),
);

const opened = (options: { readonly maxWaiting?: number } = {}) => {
  const checker = openChecker({ siteText, ...options });
  return { ...checker, [Symbol.asyncDispose]: () => checker.close() };
};

describe('documents that are read in a thread of their own', () => {
  it('a bundle is compiled there, and its hash and scope come back', async () => {
    await using checker = opened();
    const { hash, scope, text } = await checker.bundle(toBytes(bundle));
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(scope).toContain('flower_room');
    expect(JSON.parse(text)).toMatchObject({ kind: 'Bundle' });
  });

  it.each([
    ['no JSON', '{', 'document/syntax'],
    ['no UTF-8', new Uint8Array([0xff, 0xfe]), 'document/syntax'],
    ['a member that no document may have', '{"__proto__":{}}', 'document/syntax'],
    ['the same, spelled otherwise', String.raw`{"\u005f_proto__":{}}`, 'document/syntax'],
    ['no bundle', '{"kind":"Bundle"}', 'document/invalid'],
    ['half a million brackets', '['.repeat(500_000) + ']'.repeat(500_000), 'document/invalid'],
    [
      'documents nested too deep',
      `{"apiVersion":"phloem/v1","kind":"Bundle","documents":[${'['.repeat(9000)}${']'.repeat(9000)}]}`,
      'document/invalid',
    ],
    ['documents of no kind', { apiVersion: 'phloem/v1', kind: 'Bundle', documents: [{ kind: 'Rule' }] }, 'rules/invalid'],
  ])('%s is refused as it would be here', async (_what, content, code) => {
    await using checker = opened();
    const bytes = content instanceof Uint8Array ? content : toBytes(content);
    await expect(checker.bundle(bytes)).rejects.toMatchObject({ code: expect.stringMatching(new RegExp(`^(${code}|document/invalid)$`)) });
    // The thread lives, and reads the next one.
    await expect(checker.bundle(toBytes(bundle))).resolves.toMatchObject({ scope: expect.any(String) });
  });

  it('a checkpoint is read there', async () => {
    await using checker = opened();
    const checkpoint = {
      epoch: 'AAAAAAAAAAAA',
      cursor: 7,
      bundle: 'a'.repeat(64),
      site: 'b'.repeat(64),
      engine: 'e',
      hash: 'h',
      state: '{}',
    };
    expect(await checker.handover(toBytes({ term: 3, checkpoint }))).toEqual({ term: 3, checkpoint });
    await expect(checker.handover(toBytes({ term: 3 }))).rejects.toMatchObject({ code: 'protocol/invalid' });
  });

  it('what a bundle steers to is worked out there, from the plan that was compiled once', async () => {
    await using checker = opened();
    const { hash, text, setpoints = [] } = await checker.bundle(toBytes(bundle));
    expect(setpoints.length).toBeGreaterThan(0);
    const [location = ''] = setpoints[0]?.locations ?? [];
    const ask = { location, from: 0, to: 3_600_000, at: 0, offsets: { up: 0, standing: [], past: [] } };
    const [once, again] = [await checker.ahead(hash, text, ask), await checker.ahead(hash, 'is not read again', ask)];
    expect(once?.setpoints.length).toBeGreaterThan(0);
    expect(again).toEqual(once);
    expect(await checker.ahead('0'.repeat(64), JSON.stringify({ ...bundle, documents: [{ kind: 'Rule' }] }), ask)).toBeNull();
  });

  it('refuses one more than it lets wait, and this thread goes on meanwhile', async () => {
    await using checker = opened({ maxWaiting: 2 });
    const checks = [checker.bundle(toBytes(bundle)), checker.bundle(toBytes(bundle))];
    await expect(checker.bundle(toBytes(bundle))).rejects.toMatchObject({ code: 'document/busy' });
    let turns = 0;
    const counting = setInterval(() => (turns += 1), 0);
    await Promise.all(checks);
    clearInterval(counting);
    expect(turns).toBeGreaterThan(0);
    await expect(checker.bundle(toBytes(bundle))).resolves.toMatchObject({ scope: expect.any(String) });
  });
});

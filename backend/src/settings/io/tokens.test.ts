import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newFolder } from '../../store/io/testing/new-folder.ts';
import { createMemorySettings } from '../memory-settings.ts';
import { createCredentials, openCredentials } from './credentials.ts';
import { createToken, verifyToken } from './tokens.ts';

const purpose = { role: 'automation', nodeId: 'automation-1', createdAt: 0 } as const;

describe('tokens', () => {
  it('[SE2] are distinguished from each other, and from everything else', () => {
    const [one, two] = [createToken(randomBytes(32), purpose), createToken(randomBytes(32), { ...purpose, nodeId: 'automation-2' })];
    const records = [one.record, two.record];
    expect(verifyToken(records, one.token)?.nodeId).toBe('automation-1');
    expect(verifyToken(records, two.token)?.nodeId).toBe('automation-2');
    for (const other of ['', 'phloem_', `${one.token}x`, one.token.slice(0, -1), one.token.toUpperCase(), one.record.hash, one.record.id]) {
      expect(verifyToken(records, other)).toBeNull();
    }
    expect(verifyToken([], one.token)).toBeNull();
  });

  it('[SE2] cannot be made from too little randomness', () => {
    expect(() => createToken(randomBytes(16), purpose)).toThrow(RangeError);
  });

  it('[SE2] are kept as a hash alone', async () => {
    const data = newFolder();
    const credentials = await openCredentials({ data });
    const token = await credentials.create({ role: 'automation', nodeId: 'automation-1', locations: ['flower_room'] });
    await credentials.close();
    const secret = token.slice('phloem_'.length);
    expect(readFileSync(join(data, 'settings.json'), 'utf8')).not.toContain(secret);
    const again = await openCredentials({ data });
    expect(again.verify(token)).toMatchObject({ role: 'automation', nodeId: 'automation-1', locations: ['flower_room'] });
    expect(again.verify(token)).not.toHaveProperty('hash');
    await again.close();
  });

  it('are worth nothing once revoked', async () => {
    const credentials = createCredentials(createMemorySettings());
    const kept = await credentials.create({ role: 'viewer', nodeId: 'wall' });
    const revoked = await credentials.create({ role: 'viewer', nodeId: 'wall' });
    await credentials.revoke(credentials.verify(revoked)?.id ?? '');
    expect(credentials.verify(revoked)).toBeNull();
    expect(credentials.verify(kept)?.nodeId).toBe('wall');
  });

  it('[IN12] of browsers do not pile up: the newest twenty are kept, and all those of nodes', async () => {
    const credentials = createCredentials(createMemorySettings());
    const node = await credentials.create({ role: 'automation', nodeId: 'automation-1' });
    const browsers: string[] = [];
    for (let count = 0; count < 23; count += 1) browsers.push(await credentials.create({ role: 'viewer', nodeId: null }));
    expect(browsers.map((token) => credentials.verify(token) !== null)).toEqual(browsers.map((_, index) => index >= 3));
    expect(credentials.verify(node)).not.toBeNull();
  });

  it('[SE5] of a screen on a wall stay however many browsers sign in, are listed without their hash, and can be taken back', async () => {
    const credentials = createCredentials(createMemorySettings());
    const wall = await credentials.create({ role: 'viewer', nodeId: null, name: 'lobby', isKiosk: true });
    for (let count = 0; count < 23; count += 1) await credentials.create({ role: 'engineer', nodeId: null, isBrowser: true });
    const [listed] = credentials.list();
    expect(listed).toMatchObject({ name: 'lobby', role: 'viewer', isKiosk: true });
    expect(JSON.stringify(credentials.list())).not.toContain('hash');
    expect(credentials.verify(wall)).toEqual(listed);
    await credentials.revoke(listed?.id ?? '');
    expect(credentials.verify(wall)).toBeNull();
  });
});

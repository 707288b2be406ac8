import { describe, expect, it } from 'vitest';
import { createPasswordHasher } from './password-hash.ts';

describe('[SE2] the hash of a password', () => {
  it('is argon2id with a salt of its own, and never the password', async () => {
    const hasher = createPasswordHasher();
    const [first, second] = await Promise.all([hasher.hash('four unrelated words'), hasher.hash('four unrelated words')]);
    expect(first).toMatch(/^argon2id\$19456\$2\$[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=$/);
    expect(second).not.toBe(first);
    expect(await hasher.verify('four unrelated words', first)).toBe(true);
    expect(await hasher.verify('four unrelated Words', first)).toBe(false);
  });

  it('is the same however a keyboard composes a character', async () => {
    const hasher = createPasswordHasher();
    const hash = await hasher.hash('caf\u00e9 caf\u00e9 caf\u00e9');
    expect(await hasher.verify('cafe\u0301 cafe\u0301 cafe\u0301', hash)).toBe(true);
  });

  it('is compared for a name that nobody has as well, and never fits', async () => {
    const hasher = createPasswordHasher();
    expect(await hasher.verify('', null)).toBe(false);
  });

  it('[SE7] is refused when too many wait', async () => {
    const hasher = createPasswordHasher();
    const results = await Promise.allSettled(Array.from({ length: 60 }, () => hasher.verify('x', null)));
    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(8);
  }, 60_000);
});

import { argon2, randomBytes, timingSafeEqual, type Argon2Parameters } from 'node:crypto';
import { Fault } from '@phloem/protocol';
import { toPlainPassword } from '../../access/password-rules.ts';

/** The least that OWASP recommends for argon2id: 19 MiB, two passes, one lane. */
const cost = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;
/** More at once would take the threads that also sync the log. */
const atOnce = 2;
const maxWaiting = 50;
/** A hash that no password has: what an unknown name is compared with, so that it takes as long. */
const nobody = `argon2id$${cost.memory}$${cost.passes}$${Buffer.alloc(16).toString('base64')}$${Buffer.alloc(32).toString('base64')}`;

/** Hashes passwords by argon2id, two at a time. */
export type PasswordHasher = {
  /** A hash with its cost and salt. @throws Fault `auth/rate` when too many wait. */
  hash(password: string): Promise<string>;
  /** Compares in a time that does not depend on whether there is such a user. @throws Fault `auth/rate` when too many wait. */
  verify(password: string, hash: string | null): Promise<boolean>;
};

export const createPasswordHasher = (): PasswordHasher => {
  let running = 0;
  const waiting: (() => void)[] = [];
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= atOnce) {
      if (waiting.length >= maxWaiting) throw new Fault('auth/rate', 'too many people sign in at this moment; try again in a minute');
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
  return {
    hash: (password) =>
      inTurn(async () => {
        const salt = randomBytes(16);
        const key = await derive(password, { ...cost, nonce: salt });
        return `argon2id$${cost.memory}$${cost.passes}$${salt.toString('base64')}$${key.toString('base64')}`;
      }),
    verify: (password, hash) =>
      inTurn(async () => {
        const [, memory = '', passes = '', salt = '', key = ''] = (hash ?? nobody).split('$');
        const expected = Buffer.from(key, 'base64');
        const parameters = { memory: Number(memory), passes: Number(passes), parallelism: 1, tagLength: expected.length };
        const found = await derive(password, { ...parameters, nonce: Buffer.from(salt, 'base64') });
        return timingSafeEqual(found, expected) && hash !== null;
      }),
  };
};

const derive = (password: string, parameters: Omit<Argon2Parameters, 'message'>): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    argon2('argon2id', { ...parameters, message: Buffer.from(toPlainPassword(password)) }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });

import { Fault, formatAuthor, parseAuthor } from '@phloem/protocol';
import { toPasswordRefusal } from '../../access/password-rules.ts';
import type { User, Users } from '../../access/users.ts';
import type { Settings, UserRecord } from '../settings.ts';
import type { PasswordHasher } from './password-hash.ts';

export type SettingsUsersParts = {
  readonly settings: Settings;
  readonly hasher: PasswordHasher;
  /** What everybody at the site knows, and no password may be made of. */
  readonly words: readonly string[];
  /** The wall clock. */
  readonly now: () => number;
};

/** The users in the hub's settings. */
export const createSettingsUsers = ({ settings, hasher, words, now }: SettingsUsersParts): Users => {
  const records = (): readonly UserRecord[] => settings.data.users ?? [];
  const find = (name: string): UserRecord => {
    const found = records().find((record) => record.name === name);
    if (found === undefined) throw new Fault('user/unknown', `no user is named ${name}; phloem user list shows them`);
    return found;
  };
  const hash = async (name: string, password: string): Promise<string> => {
    const refusal = toPasswordRefusal(password, [name, ...words]);
    if (refusal !== null) throw new Fault('auth/password', refusal);
    return hasher.hash(password);
  };
  /** Changes a user as they are when the turn of the change has come. */
  const update = async (name: string, change: (record: UserRecord) => UserRecord): Promise<User> => {
    await settings.update((data) => ({
      ...data,
      users: mustHaveAdmin(
        (data.users ?? []).map((record) => (record.name === name ? change(record) : record)),
        data.users ?? [],
      ),
    }));
    return toUser(find(name));
  };
  return {
    list: () => records().map(toUser),
    find: (name) => {
      const found = records().find((record) => record.name === name);
      return found === undefined ? null : toUser(found);
    },
    isPassword: (name, password) => hasher.verify(password, records().find((record) => record.name === name)?.password ?? null),
    create: async (user) => {
      const hashed = user.password === undefined ? null : await hash(user.name, user.password);
      const record = toRecord(user, hashed, now());
      await settings.update((data) => ({ ...data, users: withNew(data.users ?? [], record) }));
      return toUser(record);
    },
    change: (name, { role, locations }) => {
      find(name);
      return update(name, ({ locations: before, ...record }) => {
        const next = locations === null ? undefined : (locations ?? before);
        return { ...record, role: role ?? record.role, ...(next !== undefined && { locations: [...next] }) };
      });
    },
    setPassword: async (name, password) => {
      find(name);
      const hashed = password === null ? null : await hash(name, password);
      return update(name, (record) => ({ ...record, password: hashed }));
    },
    remove: async (name) => {
      find(name);
      await settings.update((data) => {
        const before = data.users ?? [];
        return {
          ...data,
          users: mustHaveAdmin(
            before.filter((record) => record.name !== name),
            before,
          ),
        };
      });
    },
  };
};

const toRecord = (
  { name, role, locations, createdBy }: Parameters<Users['create']>[0],
  password: string | null,
  createdAt: number,
): UserRecord => ({
  name,
  role,
  ...(locations !== undefined && { locations: [...locations] }),
  password,
  createdAt,
  createdBy: formatAuthor(createdBy),
});

const withNew = (users: readonly UserRecord[], record: UserRecord): UserRecord[] => {
  if (users.some(({ name }) => name === record.name))
    throw new Fault('user/exists', `a user named ${record.name} exists; nothing was changed`);
  return [...users, record];
};

/** Where there was an administrator, one must stay who may act everywhere. */
const mustHaveAdmin = (users: UserRecord[], before: readonly UserRecord[]): UserRecord[] => {
  const isAdmin = ({ role, locations }: UserRecord): boolean => role === 'admin' && locations === undefined;
  if (before.some(isAdmin) && !users.some(isAdmin)) {
    throw new Fault('user/last-admin', 'this is the last administrator; make somebody else an administrator first. Nothing was changed');
  }
  return users;
};

const toUser = ({ name, role, locations, password, createdAt, createdBy }: UserRecord): User => ({
  name,
  role,
  locations,
  hasPassword: password !== null,
  createdAt,
  createdBy: createdBy === undefined ? undefined : parseAuthor(createdBy),
});

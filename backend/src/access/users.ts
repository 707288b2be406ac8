import type { Author, LocationId, PersonRole } from '@phloem/protocol';

/** A person who signs in. */
export type User = {
  readonly name: string;
  readonly role: PersonRole;
  /** Undefined for all locations. */
  readonly locations: readonly LocationId[] | undefined;
  readonly hasPassword: boolean;
  /** Wall time. */
  readonly createdAt: number;
  readonly createdBy: Author | undefined;
};

/** The people of a hub. What a call changes is on disk when it resolves. */
export interface Users {
  /** Oldest first. */
  list(): readonly User[];
  find(name: string): User | null;
  /** Claims that a password is that of a user. Takes as long for a name that nobody has. @throws Fault `auth/rate`. */
  isPassword(name: string, password: string): Promise<boolean>;
  /** @throws Fault `user/exists`, `auth/password`. */
  create(user: {
    readonly name: string;
    readonly role: PersonRole;
    readonly locations?: readonly LocationId[] | undefined;
    readonly password?: string | undefined;
    readonly createdBy: Author;
  }): Promise<User>;
  /** `locations: null` for all. @throws Fault `user/unknown`, `user/last-admin`. */
  change(
    name: string,
    change: { readonly role?: PersonRole | undefined; readonly locations?: readonly LocationId[] | null | undefined },
  ): Promise<User>;
  /** @throws Fault `user/unknown`, `auth/password` when the password breaks a rule. `null` removes it. */
  setPassword(name: string, password: string | null): Promise<User>;
  /** @throws Fault `user/unknown`, `user/last-admin`. */
  remove(name: string): Promise<void>;
}

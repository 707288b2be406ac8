import { type Author, type LocationId, type NodeId, type Role } from '@phloem/protocol';

/** Who is behind a credential. `nodeId: null` is a browser, which may take any name that begins with `panel-`. */
export type Identity = {
  readonly id: string;
  readonly role: Role;
  readonly nodeId: NodeId | null;
  /** The display name of the user; by default the id of the credential. */
  readonly name?: string | undefined;
  readonly locations?: readonly LocationId[] | undefined;
  /** A screen on a wall. */
  readonly isKiosk?: boolean | undefined;
};

/** Who did it, as the log names people and services. */
export const toAuthor = ({ id, nodeId, name }: Identity): Author =>
  nodeId === null ? { kind: 'user', id: name ?? id } : { kind: 'node', id: nodeId };

/** The display name of the user of a credential. */
export const toName = ({ id, nodeId, name }: Identity): string => name ?? nodeId ?? id;

/** A credential as it is listed. */
export type CredentialRecord = Identity & {
  readonly isBrowser?: boolean | undefined;
  readonly createdAt: number;
  readonly createdBy?: Author | undefined;
  readonly expiresAt?: number | undefined;
};

/** What the hub knows of credentials; the token itself is never kept. */
export interface Credentials {
  verify(token: string): Identity | null;
  /** Claims that the credential of this id is still good. */
  isLive(id: string): boolean;
  /** Makes a credential; it is shown this once. */
  create(identity: {
    readonly role: Role;
    readonly nodeId: NodeId | null;
    readonly name?: string | undefined;
    readonly isBrowser?: boolean | undefined;
    readonly isKiosk?: boolean | undefined;
    readonly locations?: readonly LocationId[] | undefined;
    readonly createdBy?: Author | undefined;
    readonly forMs?: number | undefined;
  }): Promise<string>;
  /** Those that are good, oldest first. */
  list(): readonly CredentialRecord[];
  /** Takes a credential back by its id. */
  revoke(id: string): Promise<void>;
}

/** Who did it, where the hub itself may have. */
export const toActor = (identity: Identity | null): Author => (identity === null ? { kind: 'hub' } : toAuthor(identity));

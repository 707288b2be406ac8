import { Fault, type LocationId, type NodeId, type Role } from '@phloem/protocol';
import type { Credentials } from './identity.ts';
import { mayGreetAs } from './permissions.ts';

/**
 * Checks a greeting against the credential that came with it: a service shows a token in the greeting, a browser its
 * cookie. The role and the name must be those that the credential was made for; only a person's browser may greet as a
 * mere viewer, since what he does he does over HTTP.
 */
export const checkGreeting = (
  hello: { readonly role: Role; readonly nodeId: NodeId; readonly token?: string | undefined },
  cookie: string | null,
  credentials: Credentials,
):
  | {
      readonly role: Role;
      readonly actsAs: Role;
      readonly credential: string;
      readonly user: string | undefined;
      readonly locations?: readonly LocationId[] | undefined;
    }
  | Fault => {
  const token = hello.token ?? cookie;
  const identity = token === null ? null : credentials.verify(token);
  if (identity === null)
    return new Fault('auth/unauthorised', 'no valid token or session; sign in by the link that the hub printed, or create a token');
  if (!mayGreetAs(identity.role, hello.role, identity.nodeId === null))
    return new Fault('auth/forbidden', `the credential is for the role ${identity.role}, not ${hello.role}`);
  const isNamed = identity.nodeId === null ? hello.nodeId.startsWith('panel-') : identity.nodeId === hello.nodeId;
  if (!isNamed) return new Fault('auth/forbidden', `the credential is not for a node of the name ${hello.nodeId}`);
  const user = identity.nodeId === null ? identity.id : undefined;
  return { role: hello.role, actsAs: identity.role, credential: identity.id, user, locations: identity.locations };
};

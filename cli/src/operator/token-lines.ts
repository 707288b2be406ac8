import { toPersonText, type TokenAnswer } from '@phloem/protocol';
import type { ToMoment } from './operator-lines.ts';

/** Credentials as lines for a terminal: the id comes first, since `revoke` asks for it. */
export const toTokenLines = (tokens: readonly TokenAnswer[], toMoment: ToMoment): readonly string[] =>
  tokens.length === 0
    ? ['there are no credentials']
    : tokens.map(({ id, kind, role, node, name, createdAt, createdBy, expiresAt, sessions, isOwn }) => {
        const who = node ?? name ?? 'unnamed';
        const until = expiresAt === null ? 'does not expire' : `expires ${toMoment(expiresAt)}`;
        const made = `created ${toMoment(createdAt)}${createdBy === null ? '' : ` by ${toPersonText(createdBy)}`}`;
        const now = sessions === 0 ? '' : `, ${sessions} ${sessions === 1 ? 'session' : 'sessions'}`;
        return `${id}  ${kind.padEnd(7)}  ${role.padEnd(10)}  ${who}  ${made}, ${until}${now}${isOwn ? ', used by this command' : ''}`;
      });

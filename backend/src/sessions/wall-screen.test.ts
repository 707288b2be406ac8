import { Fault, type Role } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { checkGreeting } from '../access/check-greeting.ts';
import type { Credentials } from '../access/identity.ts';
import { createEventGate } from './event-gate.ts';

const roles: readonly Role[] = ['viewer', 'technician', 'engineer', 'admin', 'automation', 'relay', 'ingest'];
const credentials: Credentials = {
  verify: (token) => (token === 'of-wall' ? { id: 'wall-0001', role: 'viewer', nodeId: null, name: 'lobby', isKiosk: true } : null),
  isLive: () => true,
  create: () => Promise.reject(new Error('nobody makes one here')),
  list: () => [],
  revoke: () => Promise.resolve(),
};
const greet = (role: Role, nodeId = 'panel-wall') => checkGreeting({ role, nodeId }, 'of-wall', credentials);

describe('a screen on a wall, over its socket', () => {
  it.each(roles)('[SE5] greets as a %s in vain, unless that is a viewer', (role) => {
    const answer = greet(role);
    expect(answer instanceof Fault ? answer.code : answer.actsAs).toBe(role === 'viewer' ? 'viewer' : 'auth/forbidden');
  });

  it('[SE5] takes no name of a service', () => {
    expect(greet('viewer', 'automation-1')).toBeInstanceOf(Fault);
    expect(greet('viewer')).toMatchObject({ credential: 'wall-0001' });
  });

  it.each(['watch', 'unwatch'])('[SE5] may not send %s', (event) => {
    expect(() => createEventGate('viewer')(event, {}, 0)).toThrow('the role viewer may not send');
  });
});

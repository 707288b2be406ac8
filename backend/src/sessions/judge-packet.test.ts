import { describe, expect, it } from 'vitest';
import { judgePacket, longestGreeting } from './judge-packet.ts';

const fresh = { isGreeted: false, longest: 1000 };
const greeted = { isGreeted: true, longest: 1000 };

describe('what a connection may send', () => {
  it.each([
    ['a greeting', fresh, '0{"nodeId":"panel-1"}'],
    ['a greeting without anything', fresh, '0'],
    ['an event', greeted, '2["heartbeat",{"n":1}]'],
    ['an event that asks for an acknowledgement', greeted, '217["heartbeat",{"n":1}]'],
    ['a farewell', greeted, '1'],
  ])('passes %s', (_what, state, data) => {
    expect(judgePacket(state, data)).toBeNull();
  });

  it.each([
    ['[PI1] a binary frame before the greeting', fresh, Buffer.from('0{}'), 'protocol/unexpected'],
    ['[PI1] a binary frame', greeted, Buffer.alloc(10), 'protocol/unexpected'],
    ['[PI1] an event with attachments', greeted, '51-["commit",{"_placeholder":true,"num":0}]', 'protocol/unexpected'],
    ['[PI1] an acknowledgement with attachments', greeted, '61-1[{"_placeholder":true,"num":0}]', 'protocol/unexpected'],
    ['[PI4] an acknowledgement that nobody asked for', greeted, '37[]', 'protocol/unexpected'],
    ['[GR1] a second greeting', greeted, '0{}', 'protocol/unexpected'],
    ['[GR1] a greeting to another namespace', fresh, '0/admin,{}', 'protocol/unexpected'],
    ['[GR1] an event before the greeting', fresh, '2["commit",{}]', 'protocol/unexpected'],
    ['[PI4] an error of a hub', greeted, '4{"message":"x"}', 'protocol/unexpected'],
    ['[PI4] an event to another namespace', greeted, '2/admin,["commit",{}]', 'protocol/unexpected'],
    ['[GR1] a greeting of half a megabyte', fresh, `0{"x":"${'x'.repeat(500_000)}"}`, 'protocol/too-large'],
    ['[GR1] a greeting of one character too many', fresh, '0'.padEnd(longestGreeting + 1, ' '), 'protocol/too-large'],
    ['[PI1] a message that is longer than this role may send', greeted, '2["commit",{}]'.padEnd(1001, ' '), 'protocol/too-large'],
    ['an empty packet', greeted, '', 'protocol/unexpected'],
  ])('refuses %s', (_what, state, data, code) => {
    expect(judgePacket(state, data)?.code).toBe(code);
  });
});

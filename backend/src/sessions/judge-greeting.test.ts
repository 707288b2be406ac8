import { Fault } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { judgeGreeting } from './judge-greeting.ts';
import { createHubFixture } from './testing/hub-fixture.ts';

const peer = { address: '10.0.0.7', cookie: null };
const hello = { protocol: { major: 1, minor: 0 }, nodeId: 'panel-1', run: 'run-00000001', attempt: 1, role: 'viewer', software: 'test' };
const refuse = () => new Fault('auth/unauthorised', 'no valid token');

describe('reading a greeting', () => {
  it('[GR1] checks the credential before it reads the rest', () => {
    const read: string[] = [];
    const strange = {
      ...hello,
      get subscriptions() {
        read.push('subscriptions');
        return [];
      },
    };
    expect(judgeGreeting({ hello: strange, peer }, refuse)).toMatchObject({ kind: 'refused', code: 'unauthorised' });
    expect(read).toEqual([]);
  });

  it('[GR1] refuses a token of more than 256 characters without looking it up', () => {
    const authenticate = () => {
      throw new Error('asked');
    };
    const judged = judgeGreeting({ hello: { ...hello, token: 'x'.repeat(257) }, peer }, authenticate);
    expect(judged).toMatchObject({ kind: 'refused', code: 'protocol', message: 'hello at /token: must not have more than 256 characters' });
  });

  it('[PI4] refuses a member that it does not know, and names it', () => {
    const judged = judgeGreeting({ hello: { ...hello, isAdmin: true }, peer }, () => ({ role: 'viewer' }));
    expect(judged).toMatchObject({ kind: 'refused', code: 'protocol', message: 'hello: has the unknown member "isAdmin"' });
  });
});

describe('versions', () => {
  const judge = (protocol: unknown) => judgeGreeting({ hello: { ...hello, protocol }, peer }, () => ({ role: 'viewer' }));

  it.each([
    [[1, 1], 'this hub speaks phloem/1.2 and the node an earlier version: update the node'],
    [{ major: 0, minor: 9 }, 'this hub speaks phloem/1.2 and the node phloem/0.9: update the node'],
    [{ major: 2, minor: 0 }, 'this hub speaks phloem/1.2 and the node phloem/2.0: update the hub'],
  ])('[VE1] a node of another major version (%j) gets one sentence, before anything else is read', (protocol, message) => {
    expect(judge(protocol)).toMatchObject({ kind: 'refused', code: 'version', message });
  });

  it('[IG1] a node that sends readings reads nothing', () => {
    const subscriptions = [{ sub: 'all', mode: 'every', filter: {}, cursor: null }];
    const judged = judgeGreeting(
      { hello: { ...hello, role: 'ingest', nodeId: 'bridge', subscriptions }, peer: { address: '', cookie: null } },
      () => ({ role: 'ingest' }),
    );
    expect(judged).toMatchObject({ kind: 'refused', code: 'unauthorised' });
  });

  it('[VE1] a node of the same major version is let in, whatever its minor', () => {
    expect(judge({ major: 1, minor: 7 })).toMatchObject({ kind: 'good' });
  });

  it('[VE7] what the hub does not know of the greeting is refused, also from a node of a later minor', () => {
    const judged = judgeGreeting({ hello: { ...hello, protocol: { major: 1, minor: 7 }, mood: 'fine' }, peer }, () => ({ role: 'viewer' }));
    expect(judged).toMatchObject({ kind: 'refused', code: 'protocol', message: 'hello: has the unknown member "mood"' });
  });
});

describe('how many greetings and sessions there may be', () => {
  it('[SE7] gives five failed greetings a second the reason, and asks the others to wait', () => {
    const hub = createHubFixture();
    const codes = Array.from({ length: 20 }, () => hub.connect({ token: 'wrong' }).farewell);
    expect(codes.map((bye) => bye?.code)).toEqual([...Array<string>(5).fill('unauthorised'), ...Array<string>(15).fill('busy')]);
    expect(codes.at(-1)).toMatchObject({ retry: true, afterMs: 1000 });
    expect(hub.notices.filter((notice) => notice.kind === 'refused' && notice.isOneOfMany === true)).toHaveLength(15);
  });

  it('[SE7] lets a good greeting in, however many from the same address have failed', () => {
    const hub = createHubFixture();
    for (let n = 0; n < 50; n += 1) hub.connect({ token: 'wrong' });
    expect(hub.connect({ nodeId: 'panel-2' }).got('welcome')).toHaveLength(1);
  });

  it('[SE7] refuses the 21st session of one user, and lets him in when he has closed one', () => {
    const hub = createHubFixture();
    const tabs = Array.from({ length: 20 }, (_, n) => hub.connect({ nodeId: `panel-${n}`, token: 'user-lena' }));
    expect(tabs.every((tab) => tab.got('welcome').length === 1)).toBe(true);
    expect(hub.connect({ nodeId: 'panel-20', token: 'user-lena' }).farewell).toMatchObject({ code: 'busy', retry: true });
    expect(hub.connect({ nodeId: 'panel-20', token: 'user-otto' }).farewell).toBeNull();
    // A tab that comes back under its name takes its own place.
    expect(hub.connect({ nodeId: 'panel-3', run: 'run-00000002', token: 'user-lena' }).farewell).toBeNull();
    tabs[0]?.closed();
    expect(hub.connect({ nodeId: 'panel-20', run: 'run-00000003', token: 'user-lena' }).farewell).toBeNull();
  });

  it('[SE7] refuses politely when the hub has all the sessions that it takes', () => {
    const hub = createHubFixture({ sessions: 3 });
    for (let n = 0; n < 3; n += 1) hub.connect({ nodeId: `panel-${n}` });
    expect(hub.connect({ nodeId: 'panel-9' }).farewell).toMatchObject({ code: 'busy', retry: true, afterMs: 5000 });
    expect(hub.notices.at(-1)).toMatchObject({ kind: 'refused', code: 'busy' });
  });
});

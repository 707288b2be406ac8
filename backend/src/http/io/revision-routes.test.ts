import { canonicalJson, hashDocument, type BundleRevision } from '@phloem/protocol';
import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import { createBundleRegistry } from '../../documents/bundle-registry.ts';
import { catchUpView } from '../../sessions/run-sessions.ts';
import { createHubFixture } from '../../sessions/testing/hub-fixture.ts';
import { registerBundleRoutes } from './bundle-routes.ts';
import { validateStrictly } from './strict-validation.ts';
import { identifyAs } from './testing/identify-as.ts';

const scope = 'flower_room';

const open = async () => {
  const hub = createHubFixture();
  const { store, view } = hub;
  const app = fastify();
  validateStrictly(app);
  identifyAs(app, { id: 'anna', role: 'engineer', nodeId: null, locations: undefined });
  const checked: string[] = [];
  const bundles = createBundleRegistry({
    store,
    view,
    check: (bytes: Uint8Array) => {
      const text = new TextDecoder().decode(bytes);
      checked.push(text);
      return { hash: hashDocument(text), text, scope };
    },
  });
  await registerBundleRoutes(app, { documents: store.documents, revisions: store.revisions, view, bundles });
  const ask = async (method: 'GET' | 'POST', url: string, payload?: object) => {
    const answer = await app.inject({ method, url, ...(payload && { payload }) });
    catchUpView(view, store.log);
    return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
  };
  const push = (content: object, query = '') => ask('POST', `/api/v1/bundles${query}`, JSON.parse(canonicalJson(content)) as object);
  const list = async () => (await ask('GET', `/api/v1/bundles/${scope}/revisions`)).body as unknown as readonly BundleRevision[];
  return { ...hub, ask, push, list, checked };
};

describe('revisions', () => {
  it('[RV1] keep number, parent, author, time and message, newest first', async () => {
    const { push, list, time } = await open();
    await push({ a: 1 }, '?message=First');
    await push({ a: 2 }, '?message=Wider%20band');
    await push({ a: 2 });
    expect(await list()).toMatchObject([
      { revision: 2, parent: 1, message: 'Wider band', at: time.at, hash: hashDocument('{"a":2}') },
      { revision: 1, parent: null, message: 'First', hash: hashDocument('{"a":1}') },
    ]);
    expect((await list())[0]?.by).toMatchObject({ kind: 'user' });
  });

  it('[RV2] change nothing when another revision than the named one is live', async () => {
    const { push, list, ask } = await open();
    await push({ a: 1 }, '?parent=0');
    await push({ a: 2 }, '?parent=1');
    expect((await push({ a: 3 }, '?parent=1')).body['code']).toBe('revision/newer');
    const rule = (on: string) => ({ documents: [{ kind: 'Rule', metadata: { id: 'flower_room/heat' }, spec: { when: on } }] });
    await push(rule('temp < degC(20.0)'), '?parent=2');
    await push(rule('temp < degC(21.0)'), '?parent=3&message=Warmer');
    const moved = await push({ a: 4 }, '?parent=3');
    expect(moved).toMatchObject({ body: { code: 'revision/newer' } });
    expect(JSON.stringify(moved.body)).toMatch(
      /revision 4 is live, not revision 3.*Since revision 3: revision 4.*Warmer.*20\.0 → 21\.0 °C/,
    );
    const compared = await ask('GET', `/api/v1/bundles/${scope}/differences?from=3`);
    expect(compared.body).toMatchObject({ from: 3, to: 4, differences: [{ id: 'flower_room/heat', change: 'changed' }] });
    expect((await ask('GET', `/api/v1/bundles/${scope}/differences?from=9`)).body['code']).toBe('revision/unknown');
    const back = await ask('POST', `/api/v1/bundles/${scope}/rollback`, { revision: 1, reason: 'too wide', parent: 1 });
    expect(back.body['code']).toBe('revision/newer');
    expect((await list()).map(({ revision }) => revision)).toEqual([4, 3, 2, 1]);
  });

  it('[RV3] are activated again as a new one, and checked like a pushed bundle', async () => {
    const { push, list, ask, checked } = await open();
    await push({ a: 1 });
    await push({ a: 2 });
    const back = await ask('POST', `/api/v1/bundles/${scope}/rollback`, { revision: 1, reason: 'too wide', parent: 2 });
    expect(back).toMatchObject({ status: 200, body: { revision: 3, isNew: true, hash: hashDocument('{"a":1}') } });
    expect(checked).toEqual(['{"a":1}', '{"a":2}', '{"a":1}']);
    expect((await list())[0]).toMatchObject({ revision: 3, parent: 2, message: 'Roll back to revision 1: too wide' });
    expect((await ask('POST', `/api/v1/bundles/${scope}/rollback`, { revision: 9, reason: 'none' })).body['code']).toBe('revision/unknown');
  });
});

import { describe, expect, it } from 'vitest';
import { faults } from './fault.ts';

const table = Object.entries(faults).map(([code, { http, retry }]) => ({ code, http: http as number, retry }));
const codesWith = (test: (row: (typeof table)[number]) => boolean): readonly string[] => table.filter(test).map(({ code }) => code);

describe('the table of faults', () => {
  it.each(table)('$code has an HTTP status', ({ http }) => {
    expect([400, 401, 403, 404, 409, 410, 413, 422, 429, 500, 502, 503, 504, 507]).toContain(http);
  });

  it('answers what nobody has with 404', () => {
    expect(codesWith(({ code, http }) => /\/unknown(-device)?$/.test(code) !== (http === 404))).toEqual([]);
  });

  it('says of too many requests, and of an answer that is late, that they may be tried again', () => {
    expect(codesWith(({ http, retry }) => (http === 429 || http === 504) && !retry)).toEqual([]);
  });

  it('distinguishes a missing credential from one that is not enough', () => {
    expect([faults['auth/unauthorised'].http, faults['auth/forbidden'].http]).toEqual([401, 403]);
  });
});

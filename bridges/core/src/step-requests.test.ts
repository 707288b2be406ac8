import { describe, expect, it } from 'vitest';
import { forgetRequest, noRequests, stepRequests, toDeviceValue, type RequestsState, type StateRequest } from './step-requests.ts';

const fan = (value: boolean, version = '1'): StateRequest => ({ device: 'dry/fan', value, version });
const none = (): boolean => false;
const step = (state: RequestsState, term: number, rows: readonly StateRequest[], refused = none) =>
  stepRequests(state, term, rows, refused);

describe('the requests of a table', () => {
  it('are made when a row changes its value, and not when it is only written again', () => {
    const first = step(noRequests, 1, [fan(true)]);
    expect(first.requests).toEqual([fan(true)]);
    expect(step(first.state, 1, [fan(true, '2')]).requests).toEqual([]);
    expect(step(first.state, 1, [fan(false, '2')]).requests).toEqual([fan(false, '2')]);
  });

  it('are all made again under a new term', () => {
    const first = step(noRequests, 1, [fan(true)]);
    expect(step(first.state, 2, [fan(true)]).requests).toEqual([fan(true)]);
  });

  it('are repeated after a refusal when the row is written again, not before', () => {
    const first = step(noRequests, 1, [fan(true)]);
    expect(step(first.state, 1, [fan(true)], () => true).requests).toEqual([]);
    const again = step(first.state, 1, [fan(true, '2')], () => true);
    expect(again.requests).toEqual([fan(true, '2')]);
    expect(step(again.state, 1, [fan(true, '2')], () => true).requests).toEqual([]);
  });
});

describe('a request that came too late', () => {
  it('is made again from its row', () => {
    const first = step(noRequests, 1, [fan(true)]);
    expect(step(forgetRequest(first.state, 'dry/fan'), 1, [fan(true)]).requests).toEqual([fan(true)]);
    expect(step(forgetRequest(first.state, 'dry/other'), 1, [fan(true)]).requests).toEqual([]);
  });
});

describe('what a cell asks for', () => {
  it.each([
    ['ON', true],
    ['off', false],
    [true, true],
    ['42.5', 42.5],
    [0, 0],
    [null, null],
    ['', null],
    ['maybe', null],
    [Number.NaN, null],
    [{}, null],
  ])('is read from %j as %j', (cell, value) => {
    expect(toDeviceValue(cell, {})).toBe(value);
  });

  it('is what the document says of a word', () => {
    expect([1, '0', 'AN'].map((cell) => toDeviceValue(cell, { '1': true, '0': false, AN: true }))).toEqual([true, false, true]);
  });
});

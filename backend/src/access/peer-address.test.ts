import { describe, expect, it } from 'vitest';
import { isOwnMachine, toPeerAddress } from './peer-address.ts';

const publicUrl = new URL('https://grow.example');
const proxied = { remote: '127.0.0.1', host: 'grow.example' };

describe('the address of a peer', () => {
  it.each([
    [{ ...proxied, forwardedFor: '198.51.100.7' }, '198.51.100.7'],
    [{ ...proxied, forwardedFor: '10.0.0.1, 198.51.100.7' }, '198.51.100.7'],
    [{ ...proxied, forwardedFor: ['10.0.0.1', '198.51.100.7'] }, '198.51.100.7'],
    [{ ...proxied, forwardedFor: undefined }, '127.0.0.1'],
    [{ ...proxied, forwardedFor: '10.0.0.1, ' }, '127.0.0.1'],
    [{ remote: '192.0.2.9', host: 'grow.example', forwardedFor: '198.51.100.7' }, '192.0.2.9'],
    [{ remote: '127.0.0.1', host: '127.0.0.1:8420', forwardedFor: '198.51.100.7' }, '127.0.0.1'],
  ])('of %j is %s', (hints, address) => {
    expect(toPeerAddress(hints, publicUrl)).toBe(address);
  });

  it('is that of the connection where no web server passes people on', () => {
    expect(toPeerAddress({ ...proxied, forwardedFor: '198.51.100.7' }, null)).toBe('127.0.0.1');
  });

  it.each([
    ['127.0.0.1', true],
    ['::ffff:127.0.0.1', true],
    ['::1', true],
    ['198.51.100.7', false],
    ['1270.0.0.1', false],
  ])('%s is of this machine: %s', (address, isOwn) => {
    expect(isOwnMachine(address)).toBe(isOwn);
  });
});

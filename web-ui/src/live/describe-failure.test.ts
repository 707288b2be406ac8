import { Fault } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { describeFailure } from './describe-failure.ts';

describe('a command that did not come off', () => {
  it('was not done where the hub refused it', () => {
    expect(describeFailure('sent', new Fault('override/invalid', 'an override needs a reason'))).toBe(
      'Not sent: an override needs a reason',
    );
  });

  it('may have been done where no answer came', () => {
    const fault = new Fault('net/unreachable', 'the hub does not answer');
    expect(describeFailure('released', fault)).toBe('It is not known whether it was released: the hub does not answer. Check the device.');
  });
});

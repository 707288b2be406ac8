import { describe, expect, it } from 'vitest';
import { stepKeys, type KeyPress, type KeyState } from './keys.ts';

const on: KeyState = { goSince: null, isOn: true };
const press = (key: string, part: Partial<KeyPress> = {}): KeyPress => ({
  key,
  isModified: false,
  isTyping: false,
  isInDialog: false,
  at: 1000,
  ...part,
});
const commandOf = (presses: readonly KeyPress[], from: KeyState = on) =>
  presses.reduce<ReturnType<typeof stepKeys>>(({ state }, one) => stepKeys(state, one), { state: from, command: null }).command;

describe('keys', () => {
  it('g and a second key go to a place', () => {
    expect(commandOf([press('g'), press('a', { at: 1800 })])).toEqual({ do: 'go', href: '/alarms' });
    expect(commandOf([press('g'), press('s')])).toEqual({ do: 'go', href: '/' });
    expect(commandOf([press('g'), press('m')])).toEqual({ do: 'go', href: '/rooms' });
  });

  it('g is forgotten after a while, and an unknown second key does nothing', () => {
    expect(commandOf([press('g'), press('a', { at: 9000 })])).toEqual({ do: 'acknowledge' });
    expect(commandOf([press('g'), press('x')])).toBeNull();
    expect(commandOf([press('g'), press('constructor')])).toBeNull();
    expect(commandOf([press('g'), press('x'), press('d')])).toEqual({ do: 'theme' });
  });

  it('n writes a note, t shows the alarm in its chart, and g t still goes to the cabinet', () => {
    expect(commandOf([press('n')])).toEqual({ do: 'note' });
    expect(commandOf([press('T')])).toEqual({ do: 'trend' });
    expect(commandOf([press('g'), press('t')])).toEqual({ do: 'go', href: '/diagnostics' });
  });

  it('x selects an alarm, X a range, and s shelves; g s still goes to all rooms', () => {
    expect(['x', 'X', 's'].map((key) => commandOf([press(key)]))).toEqual([{ do: 'select' }, { do: 'select-range' }, { do: 'shelve' }]);
    expect(commandOf([press('g'), press('s')])).toEqual({ do: 'go', href: '/' });
  });

  it('digits are rooms', () => expect(commandOf([press('3')])).toEqual({ do: 'room', index: 2 }));

  it('what is typed, held with Ctrl, or pressed in a dialog is not ours', () => {
    for (const part of [{ isTyping: true }, { isModified: true }, { isInDialog: true }]) {
      expect(commandOf([press('d', part)])).toBeNull();
      expect(commandOf([press('?', part)])).toBeNull();
    }
  });

  it('single keys can be turned off; the help stays within reach', () => {
    const off: KeyState = { ...on, isOn: false };
    expect(commandOf([press('d')], off)).toBeNull();
    expect(commandOf([press('g'), press('a')], off)).toBeNull();
    expect(commandOf([press('?')], off)).toEqual({ do: 'help' });
  });
});

import type { MeAnswer } from '@phloem/protocol';

/** What a person may do from the panel. */
export type Permitted = 'override' | 'acknowledge' | 'shelve' | 'reset' | 'maintain' | 'kiosk' | 'backtest';

/** Whether a control may be used, and if not, why: said beside the control, which is never hidden. */
export type Right = { readonly may: boolean; readonly why: string };

/** What the person before this panel may do. */
export type Rights = Readonly<Record<Permitted, Right>>;

/** The least role that each action needs, in the words of a person. */
const needs: Readonly<Record<Permitted, string>> = {
  override: 'technician',
  acknowledge: 'technician',
  shelve: 'technician',
  reset: 'technician',
  maintain: 'technician',
  kiosk: 'engineer',
  backtest: 'engineer',
};

/** What nobody may do without a link: a command is sent now or not at all. */
export const noLinkText = 'No link. Not sent: a late command is worse than none.';

/** Whether the one who sits here may do it now. As long as the hub has not said who that is, the hub itself decides. */
export const toRight = (action: Permitted, me: MeAnswer | null, isHeard: boolean): Right => {
  if (!isHeard) return { may: false, why: noLinkText };
  if (me === null || me.permissions.includes(action)) return { may: true, why: '' };
  return { may: false, why: `Needs the role ${needs[action]}; you are signed in as ${me.role}.` };
};

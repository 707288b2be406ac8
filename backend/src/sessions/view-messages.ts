import { cutChanges, cutSnapshot, type HubMessage, type LocationId, type Lsn } from '@phloem/protocol';
import type { HubView } from '../view/hub-view.ts';
import type { LatestReader } from './session.ts';

/** The messages that bring a `latest` subscription to a version of the view. */
export type ViewMessages = { readonly version: Lsn; readonly messages: readonly HubMessage[] };

/** What Socket.IO puts around a payload: `42["snapshot",…]`. */
const envelopeBytes = 64;

/** Makes the messages of the live view: subscriptions at the same version that may see the same share the same objects. */
export class ViewMessageCache {
  readonly #view: HubView;
  readonly #messageBytes: number;
  readonly #made = new Map<string, ViewMessages>();

  constructor({ view, messageBytes }: { readonly view: HubView; readonly messageBytes: number }) {
    this.#view = view;
    this.#messageBytes = messageBytes - envelopeBytes;
  }

  /** A common tick has come: what is made from here on shows a newer version. */
  clear(): void {
    this.#made.clear();
  }

  /** The messages for a subscription; `sees` are the locations that its bearer may see, undefined for all. */
  get({ sub, version: from }: Pick<LatestReader, 'sub' | 'version'>, sees: readonly LocationId[] | undefined): ViewMessages {
    const key = JSON.stringify([sub, from, sees]);
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const view = this.#view;
    const messages: readonly HubMessage[] =
      from === null || view.hasForgottenSince(from)
        ? cutSnapshot(view.snapshot(sub, sees), this.#messageBytes).map((payload) => ({ event: 'snapshot', payload }))
        : cutChanges(view.changesSince(sub, from, sees), this.#messageBytes).map((payload) => ({ event: 'changes', payload }));
    const made = { version: view.version, messages };
    this.#made.set(key, made);
    return made;
  }
}

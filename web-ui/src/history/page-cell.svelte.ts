/** Counts the answers of the hub. What draws from a page draws again when it changes. */
export class PageCell {
  version: number = $state.raw(0);
}

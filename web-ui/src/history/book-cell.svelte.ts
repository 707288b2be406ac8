/** Counts the answers of the hub that came; who draws from the book draws again when it changes. */
export class BookCell {
  version: number = $state.raw(0);
}

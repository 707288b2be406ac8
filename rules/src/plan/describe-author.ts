import { type Author, toPersonText } from '@phloem/protocol';

/** Who made an override or an offset, and why. */
export const describeAuthor = ({ by, reason = '' }: { readonly by: Author; readonly reason?: string | undefined }): string =>
  `${toPersonText(by)}${reason === '' ? '' : `: ${reason}`}`;

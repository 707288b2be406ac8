import { toPersonText } from '@phloem/protocol';

/** Who made an override or an offset, and why. */
export const describeAuthor = ({ by, reason = '' }: { readonly by: string; readonly reason?: string | undefined }): string =>
  `${toPersonText(by)}${reason === '' ? '' : `: ${reason}`}`;

/** Whose hand it is, and why, as people read it. */
export const describeAuthor = ({ by, reason = '' }: { readonly by: string; readonly reason?: string | undefined }): string =>
  `${by.replace(/^(user|node):/, '')}${reason === '' ? '' : `: ${reason}`}`;

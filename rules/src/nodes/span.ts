/** A stretch of time in ms since 1970; `to` is not part of it. */
export type Span = { readonly from: number; readonly to: number };

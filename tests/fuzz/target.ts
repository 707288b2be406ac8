/** A hub under attack: where it is, and what lets one in. */
export type Target = {
  readonly url: string;
  readonly admin: string;
  /** Tokens by role, each for a node of its own name. */
  readonly tokens: Readonly<Record<'viewer' | 'engineer' | 'automation', string>>;
  /** Administrators of different names: each has an allowance of commands of its own. */
  readonly users: readonly string[];
  readonly bundle: object;
};

/** What one case did, in a few words. */
export type Deed = { readonly what: string; readonly outcome: string };

import { parseAddress, type Address } from '../route.ts';

/** How the page goes from one address to another without being loaded again. */
export type Navigation = {
  /** Goes there; with `replace` the way back does not lead here again. */
  readonly go: (href: string, options?: { readonly replace?: boolean }) => void;
};

/** Follows the browser's history and the links of the page, until the page is gone. */
export const openNavigation = (take: (address: Address) => void): Navigation => {
  const read = (): void => take(parseAddress(location));
  const go: Navigation['go'] = (href, { replace = false } = {}) => {
    if (replace) history.replaceState(null, '', href);
    else if (new URL(href, location.href).href !== location.href) {
      const before = location.pathname;
      history.pushState(null, '', href);
      if (location.pathname !== before) scrollTo(0, 0);
    }
    read();
  };
  addEventListener('popstate', read);
  document.addEventListener('click', (event) => {
    const href = toOwnHref(event);
    if (href === null) return;
    event.preventDefault();
    go(href);
  });
  read();
  return { go };
};

/** Where a click leads, when it is ours to follow: not to another tab, another origin, a file or the hub's own pages. */
const toOwnHref = (event: MouseEvent): string | null => {
  if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return null;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (link === null || !link.hasAttribute('href') || link.target !== '' || link.hasAttribute('download')) return null;
  const { origin, pathname, search, hash } = new URL(link.href);
  if (origin !== location.origin || pathname.startsWith('/api/') || pathname.startsWith('/sign-in/') || hash !== '') return null;
  return `${pathname}${search}`;
};

import type { DeviceId } from '@phloem/protocol';
import type { Site } from '../site/site.ts';

/** What people are shown of an interlock, however it stands. */
export type InterlockDescription = {
  readonly title: string;
  readonly devices: readonly DeviceId[];
  /** Who may let it go when it is latched; null where it does not latch. */
  readonly resetBy: 'operator' | null;
};

type Declared = {
  readonly id: string;
  readonly latch?: { readonly resetBy: 'operator' };
  readonly alarm?: { readonly text: string };
} & Partial<Record<'force' | 'deny' | 'limit', { readonly device: DeviceId }>>;
/** The site's documents have been checked. */
type Document = {
  readonly kind: string;
  readonly metadata: { readonly id: string };
  readonly spec: { readonly interlocks: readonly Declared[] };
};

/** The interlocks of a site by id: those that it declares, as people know them. */
export const describeInterlocks = ({ interlocks = [] }: Pick<Site, 'interlocks'>): ReadonlyMap<string, InterlockDescription> =>
  new Map(
    (interlocks as readonly Document[])
      .filter(({ kind }) => kind === 'Interlocks')
      .flatMap(({ metadata, spec }) =>
        spec.interlocks.map(({ id, latch, alarm, force, deny, limit }) => {
          const name = `${metadata.id}/${id}`;
          const devices = [force, deny, limit].flatMap((action) => (action === undefined ? [] : [action.device]));
          return [name, { title: alarm?.text ?? id.replaceAll('-', ' '), devices, resetBy: latch?.resetBy ?? null }] as const;
        }),
      ),
  );

import { type InterlockPlan, type Plan, type SiteModel } from '@phloem/protocol/rules';
/** Documents made ready to run. */
export type World = {
  readonly site: SiteModel;
  readonly plan: Plan;
  readonly interlocks: InterlockPlan;
  readonly bundleFiles: Files;
};
type Files = readonly {
  readonly path: string;
  readonly text: string;
}[];
/** The documents of an example, in which a test may change something. */
export declare const readExample: (
  name: string,
  {
    timeZone,
    change,
  }?: {
    timeZone?: string;
    change?: (text: string, path: string) => string;
  },
) => World;
/** Compiles a bundle and the interlocks of a site. */
export declare const toWorld: (bundleFiles: Files, siteFiles: Files, timeZone: string) => World;
export {};
//# sourceMappingURL=documents.d.ts.map

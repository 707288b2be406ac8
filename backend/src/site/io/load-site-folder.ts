import { loadSite } from '../load-site.ts';
import { readProfiles } from './read-profiles.ts';
import { siteFromContent, type LoadedSite } from '../site-content.ts';
import { readFolder } from './read-folder.ts';

/**
 * Reads a folder of site documents.
 *
 * @throws Fault when there is no such folder, or with every problem in its documents.
 */
export const loadSiteFolder = (folder: string, busPorts: Readonly<Record<string, number>>): LoadedSite => {
  const loaded = loadSite(readFolder(folder), readProfiles(), { busPorts });
  // The same way in as for every other reader of the content: what is run is what is stored.
  return { ...loaded, site: siteFromContent(loaded.content) };
};

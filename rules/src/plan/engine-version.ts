/** The engine with the form of its state. Another engine is another lineage: compared by decisions, not by hash. */
export const engineVersion = 'phloem-engine/5';

/** On every object of a cluster that is ours. */
export const managedLabels = { "hardway.local/managed": "true" } as const;

/** Images of this name are in no registry: they are files, which are imported into the runtime. */
export const localRegistry = "hardway.local";

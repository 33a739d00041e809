import type { Host } from "../host";
import type { ConfigValues } from "./schema";

/** A checked configuration: every host has a connection and every worker its pod CIDR. */
export type LabConfig = Omit<ConfigValues, "hosts" | "inventory"> & { readonly hosts: readonly Host[] };

import * as pulumi from "@pulumi/pulumi";

/** Tags of AWS resources. */
export type Tags = pulumi.Input<Record<string, pulumi.Input<string>>>;

/** The tags and a `Name`, unless they have one. */
export function named(tags: Tags | undefined, name: pulumi.Input<string>): pulumi.Output<Record<string, string>> {
  return pulumi.all([tags ?? {}, name]).apply(([own, Name]): Record<string, string> => ({ Name, ...own }));
}

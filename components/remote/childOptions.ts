import * as pulumi from "@pulumi/pulumi";

/**
 * Options of the one resource inside of a component that works on a host: it waits for what the component waits for,
 * ends with the machine that the component is `deletedWith`, and has as much time and as few changes as were asked for.
 * A child takes over none of these by itself.
 */
export function childOptions(
  parent: pulumi.ComponentResource,
  opts: pulumi.ComponentResourceOptions | undefined,
): pulumi.CustomResourceOptions {
  const { dependsOn, deletedWith, customTimeouts, ignoreChanges } = opts ?? {};
  return { parent, dependsOn, deletedWith, customTimeouts, ignoreChanges };
}

/**
 * What tells the machine of a resource from the one before it: the id of what it is `deletedWith`, else nothing.
 *
 * A step that has it among its values is done again on a machine that replaces another. The option `replaceWith` would
 * do so too, but with undoing it first on the old machine whenever that one is deleted before its replacement is made,
 * as machines with a fixed address are (seen with Pulumi 3.259); and not at all for one that was found missing.
 */
export function machineValue(opts: pulumi.CustomResourceOptions): Record<string, pulumi.Output<string>> {
  const { deletedWith } = opts;
  return pulumi.CustomResource.isInstance(deletedWith) ? { MACHINE: deletedWith.id } : {};
}

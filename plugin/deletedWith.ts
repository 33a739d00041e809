import * as pulumi from "@pulumi/pulumi";

/**
 * Puts the resource of the option `deletedWith` together again.
 *
 * Pulumi's SDK takes its URN for a reference to a provider, whose last part is an id, and cuts the name off it: the engine
 * then refuses the URN. The same fault in the SDK for Python is https://github.com/pulumi/pulumi/issues/23708.
 */
export async function mendDeletedWith(opts: pulumi.ComponentResourceOptions): Promise<pulumi.ComponentResourceOptions> {
  const { deletedWith } = opts;
  if (!(deletedWith instanceof pulumi.DependencyProviderResource)) return opts;
  const [urn, name] = await Promise.all([valueOf(deletedWith.urn), valueOf(deletedWith.id)]);
  return { ...opts, deletedWith: new pulumi.DependencyResource(`${urn}::${name}`) };
}

function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

import { getAmiOutput } from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { ec2Architectures, osImages, type Architecture, type OperatingSystem } from "./osImages";

/** What an instance boots. */
export interface MachineImage {
  readonly id: pulumi.Input<string>;
  /** Who logs in. */
  readonly user: pulumi.Input<string>;
  /**
   * Whether another `id` replaces a running instance. An image that was looked up changes whenever its publisher makes
   * a new one, which is no reason to lose a machine; one that was named was meant. Plain: it is an option of the
   * instance.
   */
  readonly pinned: boolean;
}

/** The newest official image of an operating system in the provider's region. */
export function latestImage(
  os: OperatingSystem,
  architecture: Architecture,
  opts?: pulumi.InvokeOptions,
): MachineImage {
  const { owner, namePattern, user } = osImages[os];
  const image = getAmiOutput(
    {
      mostRecent: true,
      owners: [owner],
      filters: [
        { name: "name", values: [namePattern(architecture)] },
        { name: "architecture", values: [ec2Architectures[architecture]] },
      ],
    },
    opts,
  );
  return { id: image.id, user, pinned: false };
}

import { stat } from "node:fs/promises";
import type { DriverImage } from "../api/core/driver";
import type { BaseDisk } from "../images/baseDisk";
import { baseDiskGiB } from "../images/recipe";
import type { HostArchitecture } from "../packages";

/** Debian's account on AWS, which owns its images (wiki.debian.org/Cloud/AmazonEC2Image). */
const debianAccount = "136693071363";

/** The machine images of the embedded EC2: the base disk, named as Debian names its own. */
export async function machineImages(base: BaseDisk, architecture: HostArchitecture): Promise<DriverImage[]> {
  const built = (await stat(base.disk)).mtime;
  const day = built.toISOString().slice(0, 10).replaceAll("-", "");
  return [
    {
      imageId: `ami-${base.id.padEnd(17, "0").slice(0, 17)}`,
      name: `debian-13-${architecture.debian}-${day}-1`,
      description: `Debian 13 (${architecture.debian}), built on this computer`,
      architecture: architecture.debian === "amd64" ? "x86_64" : "arm64",
      creationDate: built.toISOString(),
      ownerId: debianAccount,
      diskGiB: baseDiskGiB,
    },
  ];
}

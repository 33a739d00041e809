/** Operating systems that the lab's scripts support and that have official images on EC2. */
export const OperatingSystem = { Debian13: "debian-13", Ubuntu2404: "ubuntu-24.04" } as const;
export type OperatingSystem = (typeof OperatingSystem)[keyof typeof OperatingSystem];

export const Architecture = { Amd64: "amd64", Arm64: "arm64" } as const;
export type Architecture = (typeof Architecture)[keyof typeof Architecture];

interface OsImages {
  /** AWS account that publishes the images. */
  readonly owner: string;
  /** Filter for the images' names, with `*` in place of their date. */
  readonly namePattern: (architecture: Architecture) => string;
  /** Who logs in; cloud-init installs the key pair's key for this user, with sudo without a password. */
  readonly user: string;
}

/** Who publishes what: wiki.debian.org/Cloud/AmazonEC2Image, and Ubuntu's "Find Ubuntu images on AWS". */
export const osImages: Readonly<Record<OperatingSystem, OsImages>> = {
  "debian-13": {
    owner: "136693071363",
    namePattern: (architecture) => `debian-13-${architecture}-*`,
    user: "admin",
  },
  "ubuntu-24.04": {
    owner: "099720109477",
    namePattern: (architecture) => `ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-${architecture}-server-*`,
    user: "ubuntu",
  },
};

/** EC2's words for our architectures. */
export const ec2Architectures: Readonly<Record<Architecture, string>> = { amd64: "x86_64", arm64: "arm64" };

/**
 * The architecture of an instance type, by the convention of EC2's names: family, generation, attributes, of which `g`
 * means AWS Graviton (Amazon EC2 Instance Types, "Naming conventions"). Undefined where the name does not tell.
 */
export function architectureOf(instanceType: string): Architecture | undefined {
  const [, family, attributes = ""] = /^([a-z]+)\d+([a-z]*)\.[a-z0-9-]+$/.exec(instanceType) ?? [];
  if (family === undefined || family === "mac") return undefined;
  return family === "a" || attributes.includes("g") ? "arm64" : "amd64";
}

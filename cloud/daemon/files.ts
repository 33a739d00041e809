import path from "node:path";

/** Where the embedded EC2 of a user keeps things. The folder has mode 0700. */
export interface CloudFiles {
  readonly directory: string;
  /** What the API remembers. */
  readonly state: string;
  /** Where it listens, kept so that it comes back there. */
  readonly endpoint: string;
  /** The access key that requests are signed with. */
  readonly accessKey: string;
  /** Where it serves the mirror of release files, kept for the same reason. */
  readonly mirrorEndpoint: string;
  readonly instances: string;
  /** Folders of instances that no state knows any more, as when `state` was lost. */
  readonly lost: string;
  /** Base disks that machines stand on. */
  readonly bases: string;
  /** Unix socket for administration. */
  readonly control: string;
  readonly pid: string;
  readonly log: string;
  /** Held by whoever starts or stops the daemon. Beside the folder, because the folder goes away with the last lab. */
  readonly lock: string;
}

export function cloudFiles(directory: string): CloudFiles {
  const file = (name: string): string => path.join(directory, name);
  return {
    directory,
    state: file("ec2.json"),
    endpoint: file("endpoint.json"),
    accessKey: file("access-key.json"),
    mirrorEndpoint: file("mirror.json"),
    instances: file("instances"),
    lost: file("lost"),
    bases: file("bases"),
    control: file("control.sock"),
    pid: file("pid"),
    log: file("daemon.log"),
    lock: `${directory}.lock`,
  };
}

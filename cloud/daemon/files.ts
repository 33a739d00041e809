import path from "node:path";

/** Where the embedded EC2 of a user keeps things. The folder has mode 0700. */
export function cloudFiles(directory: string) {
  const file = (name: string): string => path.join(directory, name);
  return {
    directory,
    /** What the API remembers. */
    state: file("ec2.json"),
    /** Where it listens, kept so that it comes back there. */
    endpoint: file("endpoint.json"),
    /** The access key that requests are signed with. */
    accessKey: file("access-key.json"),
    /** Where it serves the mirror of release files, kept for the same reason. */
    mirrorEndpoint: file("mirror.json"),
    instances: file("instances"),
    /** Folders of instances that no state knows any more, as when `state` was lost. */
    lost: file("lost"),
    /** Base disks that machines stand on. */
    bases: file("bases"),
    /** Unix socket for administration. */
    control: file("control.sock"),
    pid: file("pid"),
    log: file("daemon.log"),
    /** Held by whoever starts or stops the daemon. Beside the folder, because the folder goes away with the last lab. */
    lock: `${directory}.lock`,
  };
}

export type CloudFiles = Readonly<ReturnType<typeof cloudFiles>>;

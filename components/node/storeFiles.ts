import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileVariables, type OwnedFile } from "./ownedFiles";
import type { Runtime } from "./runtime/runtime";
import { snapshotters, type SnapshotterName } from "./runtime/snapshotters";
import { renderUnit } from "./runtime/systemdUnit";

/** Names of what the step makes on a device; `scripts/node/lib-store.sh` has them too. */
const label = "hardway-store";
const stateFolder = "/var/lib/hardway/25-snapshotter-store";
const poolProgram = "/usr/local/lib/hardway/thin-pool.sh";

/** Where a snapshotter's store is to be. */
export interface StorePlace {
  /** An empty block device, e.g. `/dev/vdb`; empty for files on the root disk. */
  readonly device: string;
  /** Size of those files, in GiB. */
  readonly sizeGiB: number;
}

export interface StoreArgs extends StorePlace {
  readonly snapshotter: SnapshotterName;
}

/**
 * The values that 25-snapshotter-store gets.
 *
 * @throws RangeError for a snapshotter that needs no store, or a runtime that has none for it
 */
export function storeVariables(runtime: Runtime, { snapshotter, device, sizeGiB }: StoreArgs): Record<string, string> {
  const { module, packages, store } = snapshotters[snapshotter];
  const folder = runtime.storeFolder?.(snapshotter);
  if (store === undefined || folder === undefined) {
    throw new RangeError(`snapshotter ${snapshotter} of ${runtime.kind} has no store to prepare`);
  }
  const [service] = runtime.services;
  const isPool = store.kind === "pool";
  const files = isPool
    ? poolFiles(store.pool, device, service)
    : store.type === "btrfs"
      ? mountFiles(folder, device, service)
      : [];
  return {
    SNAPSHOTTER: snapshotter,
    DEVICE: device,
    SIZE_GIB: String(sizeGiB),
    MODULES: device === "" && snapshotter !== "zfs" ? `${module} loop` : module,
    // A disk is cut into two for a pool.
    PACKAGES: [...packages, ...(isPool && device !== "" ? ["fdisk"] : [])].join(" "),
    MOUNT: isPool ? "" : folder,
    POOL: isPool ? store.pool : "",
    // zfs brings its file systems back by itself, before local-fs.target.
    UNIT: isPool ? poolUnit : store.type === "btrfs" ? mountUnit(folder) : "",
    SERVICES: runtime.services.join(" "),
    ...fileVariables(files),
  };
}

const poolUnit = "hardway-thin-pool.service";

/** systemd wants a mount unit to be named after its folder (systemd.mount(5)). */
function mountUnit(folder: string): string {
  return `${folder.slice(1).replaceAll("-", "\\x2d").replaceAll("/", "-")}.mount`;
}

function mountFiles(folder: string, device: string, service: string): OwnedFile[] {
  const text = renderUnit({
    Unit: { Description: "Store of the container runtime's snapshotter (hardway)", Before: service },
    Mount: {
      // By label, since a disk's name may be another one at the next boot.
      What: device === "" ? `${stateFolder}/data.img` : `/dev/disk/by-label/${label}`,
      Where: folder,
      Type: "btrfs",
      ...(device === "" ? { Options: "loop" } : {}),
    },
    Install: { RequiredBy: service },
  });
  return [{ path: `/etc/systemd/system/${mountUnit(folder)}`, text }];
}

function poolFiles(pool: string, device: string, service: string): OwnedFile[] {
  const places =
    device === ""
      ? [`${stateFolder}/meta.img`, `${stateFolder}/data.img`]
      : [`/dev/disk/by-partlabel/${label}-meta`, `/dev/disk/by-partlabel/${label}-data`];
  const text = renderUnit({
    Unit: { Description: "Thin pool of the container runtime's snapshotter (hardway)", Before: service },
    Service: {
      Type: "oneshot",
      RemainAfterExit: "yes",
      ExecStart: [poolProgram, "start", pool, ...places].join(" "),
    },
    Install: { RequiredBy: service },
  });
  const program = readFileSync(join(__dirname, "..", "..", "scripts", "node", "host", "thin-pool.sh"), "utf8");
  return [
    // A checkout may have CRLF line ends.
    { path: poolProgram, mode: "0755", text: program.replaceAll("\r\n", "\n") },
    { path: `/etc/systemd/system/${poolUnit}`, text },
  ];
}

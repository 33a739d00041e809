import type { BaseDisk } from "../images/baseDisk";
import type { Endpoint } from "./ports";

/** A disk that is empty at first and ends with its machine. */
interface DataDisk {
  /** At most 20 characters, and part of a file's name. */
  readonly name: string;
  readonly sizeGiB: number;
}

/** What a machine is at its next boot. */
export interface MachineSettings {
  readonly name: string;
  /** 32 hex digits; made once for a machine. */
  readonly machineId: string;
  /** MAC address of the VPC card. */
  readonly mac: string;
  readonly memoryMiB: number;
  readonly cores: number;
  /** Size of the root disk in GiB; the file is sparse. Counts when the disk is made. */
  readonly diskGiB: number;
  /** Disks besides the root, in the order in which the machine sees them; a name is what the guest sees as its serial number. */
  readonly dataDisks: readonly DataDisk[];
  readonly base: Pick<BaseDisk, "disk" | "kernel" | "initrd">;
  /** Where its SSH is reached on this computer. */
  readonly ssh?: Endpoint;
  /** It reaches the user network only through who stands at its sockets for that. @default false */
  readonly guarded?: boolean;
  /** systemd credentials, by name. */
  readonly credentials: Readonly<Record<string, string>>;
}

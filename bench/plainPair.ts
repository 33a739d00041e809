import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SshSession, type KeyLogin } from "../cli/ssh/session";
import { machineCredentials, machineUser } from "../cloud/daemon/guest";
import { claimPublicAddress, sshPort } from "../cloud/daemon/publicAddress";
import { ensureBaseDisk } from "../cloud/images/baseDisk";
import { baseDiskGiB } from "../cloud/images/recipe";
import { findAcceleration } from "../cloud/machines/acceleration";
import { generateKeyPair, generateMachineId } from "../cloud/machines/identity";
import { Machine } from "../cloud/machines/Machine";
import { waitUntilReady } from "../cloud/machines/readiness";
import { hostArchitecture, type Architecture } from "../cloud/packages";
import { shellQuote } from "../components/remote/shellQuote";
import type { CloudMachine } from "./cloudMachines";
import { timed } from "./measure";

const addresses = ["10.241.0.90", "10.241.0.91"] as const;

/**
 * Two machines as the embedded EC2 makes them, but without it, and their VPC cards joined by one socket: the second's QEMU connects
 * to the socket on which the first waits for the fabric. Nothing is in between, not even a process that copies.
 *
 * They end with the state folder, in which `folder` has to be. `launchSeconds` is from the start of QEMU to the login.
 */
export async function bootPlainPair(folder: string, cacheDirectory: string): Promise<CloudMachine[]> {
  mkdirSync(folder);
  const architecture = hostArchitecture();
  const first = new Machine(join(folder, "0"));
  const second = new Machine(join(folder, "1"));
  const joined = { ...architecture, qemu: joiningQemu(join(folder, "qemu"), architecture, first.files.vpc) };
  return [
    await bootMachine(first, 0, architecture, cacheDirectory),
    await bootMachine(second, 1, joined, cacheDirectory),
  ];
}

/** A command that starts QEMU with its VPC card connected to `socket` instead of waiting on a socket of its own. */
function joiningQemu(file: string, { qemu }: Architecture, socket: string): string {
  const netdev = `stream,id=vpc,server=off,addr.type=unix,addr.path=${socket}`;
  const script = `#!/bin/sh
for word; do
    shift
    case $word in stream,id=vpc,*) word=${shellQuote(netdev)} ;; esac
    set -- "$@" "$word"
done
exec ${qemu} "$@"
`;
  writeFileSync(file, script);
  chmodSync(file, 0o700);
  return file;
}

async function bootMachine(
  machine: Machine,
  n: 0 | 1,
  architecture: Architecture,
  cacheDirectory: string,
): Promise<CloudMachine> {
  const name = `plain-${n}`;
  const address = addresses[n];
  const mac = `02:00:00:00:00:9${n}`;
  const base = await ensureBaseDisk({ cacheDirectory });
  const acceleration = await findAcceleration(architecture, cacheDirectory, { kernel: base.kernel });
  const ssh = { host: await claimPublicAddress(address, new Set()), port: sshPort };
  const [login, hostKey] = [generateKeyPair(name), generateKeyPair(name)];
  const size = { memoryMiB: 1024, cores: 1, diskGiB: baseDiskGiB, dataDisks: [] };
  const launch = {
    ...{ instanceId: name, imageId: base.id, hostname: name, mac, privateAddress: address, ...size },
    ...{ prefixLength: 24, router: "10.241.0.1", vpcCidrs: [], authorizedKey: login.publicKey },
  };
  const credentials = machineCredentials({
    launch,
    firstBoot: { hostKeys: [], authorizedKeys: [], ignored: [] },
    hostKeys: [{ type: "ed25519", ...hostKey }],
  });
  const settings = { name, machineId: generateMachineId(), mac, ...size, base, ssh, credentials };
  const access: KeyLogin = {
    ...ssh,
    user: machineUser,
    privateKey: login.privateKey,
    hostKey: hostKey.publicKey,
  };
  const launchSeconds = await timed(async () => {
    await machine.boot(settings, architecture, acceleration);
    await waitUntilReady(machine, { name, ssh, signal: new AbortController().signal });
    (await SshSession.connect(access)).close();
  });
  return { name, address, access, launchSeconds };
}

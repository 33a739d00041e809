const kernel = "6.12.57+deb13-amd64";

/** What a host prints at the end of each script of `scripts/node`; recorded on a machine of the embedded EC2. */
const facts: Readonly<Record<string, (host: string, command: string) => unknown>> = {
  "10-reachable": (hostname, command) => ({
    hostname,
    machineId: "0123456789abcdef0123456789abcdef",
    kernel,
    architecture: "amd64",
    os: { id: "debian", version: "13" },
    cgroupVersion: 2,
    virtualization: "qemu",
    memoryMiB: 962,
    freeMiB: 5837,
    addresses: ["10.0.2.15", valueOf(command, "ADDRESS")],
    defaultInterface: "eth0",
    user: "admin",
  }),
  "20-kernel-prep": () => ({
    changed: true,
    kernel,
    modules: { overlay: "loaded", br_netfilter: "loaded" },
    sysctls: {
      "net.bridge.bridge-nf-call-iptables": "1",
      "net.bridge.bridge-nf-call-ip6tables": "1",
      "net.ipv4.ip_forward": "1",
    },
    swap: { totalKiB: 0 },
    cgroupVersion: 2,
  }),
  "25-snapshotter-store": () => ({
    changed: true,
    mount: "/var/lib/containerd/io.containerd.snapshotter.v1.btrfs",
    snapshotter: "btrfs",
    fileGiB: 8,
  }),
  "30-containerd": (_host, command) => ({
    changed: true,
    version: "1.7.24~ds1-6+deb13u1",
    handlers: { runc: "1.1.15+ds1" },
    configVersion: 2,
    snapshotter: "overlayfs",
    cgroupDriver: "systemd",
    cgroupVersion: 2,
    sandboxImage: "hardway.local/pause:1",
    socket: "/run/containerd/containerd.sock",
    source: valueOf(command, "SOURCE"),
  }),
  "31-crio": () => ({
    changed: true,
    version: "1.36.3",
    socket: "/var/run/crio/crio.sock",
    cgroupDriver: "systemd",
    cgroupVersion: 2,
    handlers: { runc: "1.4.2" },
    snapshotter: "overlayfs",
    source: "release",
  }),
  "32-docker": () => ({
    changed: true,
    version: "26.1.5+dfsg1",
    criDockerd: "0.3.26",
    socket: "/run/cri-dockerd.sock",
    cgroupDriver: "systemd",
    cgroupVersion: 2,
    handlers: { runc: "1.1.15+ds1" },
    snapshotter: "overlayfs",
    source: "distro",
  }),
  "60-etcd": () => ({ changed: true, version: "3.6.16" }),
  "61-control-plane": () => ({ changed: true, version: "v1.36.3" }),
  "65-api-balancer": () => ({ changed: true, version: "3.0.11-1+deb13u1" }),
  "70-kubelet": () => ({ changed: true, version: "v1.36.3" }),
  "71-kube-proxy": () => ({ changed: true, version: "v1.36.3" }),
  "80-cluster-services": (_host, command) => ({ changed: true, nodes: valueOf(command, "NODES").split("\n").length }),
  "40-cni-config": () => ({
    changed: true,
    plugins: { bridge: "1.1.1", "host-local": "1.1.1", loopback: "1.1.1", portmap: "1.1.1" },
    cniVersion: "1.0.0",
    masquerade: "bridge",
  }),
  "50-pod-routes": (_host, command) => ({
    changed: true,
    routes: [...valueOf(command, "ROUTES").matchAll(/^(\S+) via (\S+)$/gm)].map(([, destination, nextHop]) => ({
      destination,
      nextHop,
      interface: "eth1",
    })),
    persistence: "networkd",
  }),
};

/** A variable of the script, as `renderScript` sets it; empty when it does not. */
function valueOf(command: string, name: string): string {
  const lines = command.matchAll(new RegExp(`^  ${name}='([^']*)' `, "gm"));
  return Array.from(lines, ([, line]) => line).join("\n");
}

/** The facts with which a host called `host` ends a command line that `renderScript` made; undefined for any other command. */
export function simulatedFacts(host: string, command: string): unknown {
  const step = /^# hardway ([0-9a-z-]+)(\.undo)?$/m.exec(command);
  if (step === null) return undefined;
  const answer = facts[step[1] ?? ""];
  if (answer === undefined) return undefined;
  return step[2] === undefined ? answer(host, command) : { changed: true };
}

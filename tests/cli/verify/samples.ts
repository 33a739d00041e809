import type { SshSession } from "../../../cli/ssh/session";
import { Facts } from "../../../cli/verify/facts";
import type { Check } from "../../../cli/verify/types";
import type { NetworkFacts } from "../../../components/AwsHosts";
import { planVersion, type LabPlan, type RuntimePlan } from "../../../components/labPlan";

/** What its workers run. */
export const runtime: RuntimePlan = {
  kind: "containerd",
  criName: "containerd",
  services: ["containerd.service"],
  configFile: "/etc/containerd/config.toml",
  socket: "/run/containerd/containerd.sock",
  handlers: [{ name: "runc", isolation: "namespaces", program: "runc", shim: "io.containerd.runc.v2" }],
  defaultHandler: "runc",
  snapshotter: "overlayfs",
  storageDriver: "overlayfs",
  cgroupDriver: "systemd",
  sandboxImage: "pause:1",
};

/** What node-0 of the default lab has in a VPC. */
export const network: NetworkFacts = {
  ...{ vpcId: "vpc-1", subnetIds: ["subnet-1"], routeTableIds: { main: "rtb-1" }, securityGroupId: "sg-1" },
  instances: { "node-0": { id: "i-1", networkInterfaceId: "eni-1", privateIp: "10.240.0.80" } },
};

/** The plan of the default lab. */
export const plan: LabPlan = {
  version: planVersion,
  hosts: [
    { name: "server", role: "controller", address: "10.240.0.10" },
    { name: "node-0", role: "worker", address: "10.240.0.80", podCidr: "10.200.0.0/24" },
    { name: "node-1", role: "worker", address: "10.240.0.81", podCidr: "10.200.1.0/24" },
  ],
  clusterCidr: "10.200.0.0/16",
  routes: [
    { host: "server", destination: "10.200.0.0/24", nextHop: "10.240.0.80", node: "node-0" },
    { host: "server", destination: "10.200.1.0/24", nextHop: "10.240.0.81", node: "node-1" },
    { host: "node-0", destination: "10.200.1.0/24", nextHop: "10.240.0.81", node: "node-1" },
    { host: "node-1", destination: "10.200.0.0/24", nextHop: "10.240.0.80", node: "node-0" },
  ],
  kernel: {
    modules: ["overlay", "br_netfilter"],
    modulesFile: "/etc/modules-load.d/containerd.conf",
    sysctls: { "net.ipv4.ip_forward": "1" },
    sysctlFile: "/etc/sysctl.d/99-kubernetes-cri.conf",
  },
  runtimes: { "node-0": runtime, "node-1": runtime },
  cni: {
    binDir: "/opt/cni/bin",
    confDir: "/etc/cni/net.d",
    bridge: "cni0",
    plugins: ["bridge", "host-local", "loopback"],
    masquerade: "bridge",
  },
  verification: { probeImage: "probe:1" },
};

/** What commands printed; those that failed come with their status. */
export type Sections = Readonly<Record<string, string | readonly [code: number, text: string]>>;

export function facts(sections: Sections): Facts {
  return new Facts(
    new Map(
      Object.entries(sections).map(([name, value]) => [
        name,
        typeof value === "string" ? { code: 0, text: value } : { code: value[0], text: value[1] },
      ]),
    ),
  );
}

/** The rows that are not ok, as `check: observed`. */
export function problems(checks: readonly Check[]): string[] {
  return checks.filter(({ ok }) => !ok).map(({ check, observed }) => `${check}: ${observed}`);
}

/** All rows, as `check: observed`. */
export function lines(checks: readonly Check[]): string[] {
  return checks.map(({ check, observed }) => `${check}: ${observed}`);
}

/** A host that answers each script which it is asked to run, of those that it has an answer for, and nothing else. */
export function hostThatSays(scripts: Readonly<Record<string, (stdin: string) => Sections>>): SshSession {
  return {
    exec: (_command: string, { stdin }: { stdin: string }) => {
      const mark = /MARK='(.*)'/.exec(stdin)?.[1] ?? "";
      const asked = [...stdin.matchAll(/^SCOPE='(.*)'$/gm)].map(([, scope = ""]) => scope);
      const stdout = asked.flatMap((scope) =>
        Object.entries(scripts[scope]?.(stdin) ?? {}).map(([name, value]) => {
          const [code, text] = typeof value === "string" ? [0, value] : value;
          return `${mark} begin ${scope} ${name}\n${text}\n\n${mark} end ${code}\n`;
        }),
      );
      return Promise.resolve({ code: 0, stdout: stdout.join(""), stderr: "" });
    },
  } as unknown as SshSession;
}

/** Observations without how long things took, failed ones marked. */
export function marked(checks: readonly Check[]): string[] {
  return checks.map(
    ({ check, observed, ok }) => `${ok ? "" : "FAIL "}${check}: ${observed.replace(/after [\d.]+ s/, "after N s")}`,
  );
}

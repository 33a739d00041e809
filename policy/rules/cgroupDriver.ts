import { sentTexts } from "../command";
import { objectOf, textOf, type Resource } from "../resource";
import type { Finding, Rule } from "../rule";

/** How configuration files name a driver: containerd's, CRI-O's, Docker's and the kubelet's. */
const settings: readonly (readonly [RegExp, (value: string) => string])[] = [
  [/\bSystemdCgroup = (true|false)\b/g, (value) => (value === "true" ? "systemd" : "cgroupfs")],
  [/\bcgroup_manager = "(systemd|cgroupfs)"/g, (value) => value],
  [/\bnative\.cgroupdriver=(systemd|cgroupfs)\b/g, (value) => value],
  [/\bcgroupDriver: "?(systemd|cgroupfs)\b/g, (value) => value],
  [/--cgroup-driver[= ](systemd|cgroupfs)\b/g, (value) => value],
];

export const oneCgroupDriver: Rule = {
  name: "one-cgroup-driver",
  level: "mandatory",
  reason:
    "Runtime and kubelet of a node have to name the same cgroup driver: with two, the limits of pods do not hold. (Since Kubernetes 1.34 a kubelet takes over what containerd 2.0, CRI-O 1.28 or newer reports; with older runtimes the setting decides.)",
  remedy:
    "Use one of systemd and cgroupfs for the host: cgroupDriver of ContainerRuntime and of the kubelet's configuration.",
  checkStack: (resources) =>
    [...perHost(resources)].flatMap(([host, named]) => {
      const drivers = new Set(named.map(({ driver }) => driver));
      if (drivers.size < 2) return [];
      const found = `${host} is sent ${[...new Set(named.map(({ driver, name }) => `${driver} by ${name}`))].sort().join(" and ")}.`;
      return [...new Set(named.map(({ urn }) => urn))].map((urn): Finding => ({ urn, found }));
    }),
};

interface NamedDriver {
  readonly urn: string;
  readonly name: string;
  readonly driver: string;
}

/** The drivers that commands name for each host, by its address and port. */
function perHost(resources: readonly Resource[]): Map<string, NamedDriver[]> {
  const hosts = new Map<string, NamedDriver[]>();
  for (const resource of resources) {
    const { host, port = 22 } = objectOf(resource.props.connection) ?? {};
    const address = textOf(host);
    if (address === undefined) continue;
    const key = port === 22 ? address : `${address}:${String(port)}`;
    const { urn, name } = resource;
    const found = sentTexts(resource)
      .flatMap(driversIn)
      .map((driver) => ({ urn, name, driver }));
    hosts.set(key, [...(hosts.get(key) ?? []), ...found]);
  }
  return hosts;
}

function driversIn(text: string): string[] {
  return settings.flatMap(([pattern, driverOf]) =>
    Array.from(text.matchAll(pattern), ([, value]) => driverOf(value ?? "")),
  );
}

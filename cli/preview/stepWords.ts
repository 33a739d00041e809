import type { NodeRuntime } from "../../components/completeLab";
import { runtimeArtifacts } from "../../components/node/runtime/artifacts/settingsArtifacts";
import { runtimeOf } from "../../components/node/runtime/runtimes";
import type { RuntimeSource } from "../../components/node/runtime/runtimeSettings";
import { sysctlsOf, type LabPlan } from "../../components/labPlan";
import type { SentScript } from "../engine/sentScripts";
import { clusterWords } from "./clusterWords";
import { releaseSources, type StepFacts } from "./stepFacts";

export type HostStepName = SentScript["step"];

const sources: Readonly<Record<RuntimeSource, string>> = {
  distro: "from the distribution's packages",
  ...releaseSources,
  repository: "from package repositories",
};

/** What a step does, with the values that matter; a line each. */
export function stepWords(step: HostStepName, facts: StepFacts): string[] {
  return words[step](facts);
}

const words: Readonly<Record<HostStepName, (facts: StepFacts) => string[]>> = {
  reachable: ({ host }) => [`waits for SSH; checks distribution, sudo, free space and the address ${host.address}`],
  kernel: ({ plan, host }) => [
    `modules ${plan.kernel.modules.join(", ")}`,
    `sysctls ${Object.entries(sysctlsOf(plan, host.name))
      .map(([key, value]) => `${key}=${value}`)
      .join(", ")}`,
    "swap off, now and at boot",
  ],
  store: ({ runtime }) => {
    if (runtime?.store === undefined) return ["its values are known later"];
    const { device, sizeGiB } = runtime.store;
    const place = device === "" ? `files of ${sizeGiB} GiB on the root disk` : `the empty disk ${device}`;
    return [`snapshotter ${runtime.settings.snapshotter} gets ${place}`];
  },
  runtime: runtimeWords,
  cni: ({ plan: { cni, clusterCidr }, host }) => [
    `pods ${host.podCidr ?? "none"} on bridge ${cni.bridge}${cni.mtu === undefined ? "" : ` with MTU ${cni.mtu}`}; plugins ${cni.plugins.join(", ")}`,
    `masquerade ${cni.masquerade}: ${masquerades[cni.masquerade](clusterCidr)}`,
  ],
  routes: ({ plan, host }) => {
    const routes = plan.routes.filter((route) => route.host === host.name);
    if (routes.length === 0) return ["no routes: there are no other workers"];
    return routes.map(({ destination, nextHop, node }) => `${destination} via ${nextHop} (pods of ${node})`);
  },
  ...clusterWords,
};

const masquerades: Readonly<Record<LabPlan["cni"]["masquerade"], (clusterCidr: string) => string>> = {
  bridge: () => "what leaves the node has the node's address",
  outsideCluster: (clusterCidr) => `pods keep their address within ${clusterCidr}, elsewhere it is the node's`,
  none: () => "pods keep their address everywhere",
};

function runtimeWords({ plan, host, runtime }: StepFacts): string[] {
  const planned = plan.runtimes[host.name];
  if (planned === undefined) return ["container runtime"];
  const { kind, handlers, defaultHandler, snapshotter, cgroupDriver, sandboxImage } = planned;
  const named = handlers.map(({ name }) =>
    name === defaultHandler && handlers.length > 1 ? `${name} (default)` : name,
  );
  return [
    `${[kind, ...origin(runtime)].join(" ")}; ${handlers.length > 1 ? "handlers" : "handler"} ${named.join(", ")}`,
    `snapshotter ${snapshotter}, cgroup driver ${cgroupDriver}, sandbox image ${sandboxImage}`,
  ];
}

/** Version and source. */
function origin(runtime: NodeRuntime | undefined): string[] {
  if (runtime === undefined) return [];
  const { runtimeSource } = runtime.settings;
  const version = releaseVersion(runtime);
  return [...(version === undefined ? [] : [version]), sources[runtimeSource]];
}

/** Of the release that is installed; packages have the version that the host's repositories offer. */
function releaseVersion({ kind, settings }: NodeRuntime): string | undefined {
  const runtime = runtimeOf(kind);
  return runtimeArtifacts(runtime, settings).find(({ name }) => name === runtime.release)?.version;
}

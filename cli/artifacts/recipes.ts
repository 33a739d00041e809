import { coreDnsRecipe, crictlRecipe, etcdRecipe, kubernetesRecipe, kubernetesPrograms } from "./clusterRecipes";
import type { ReleaseRecipe } from "./recipe";
import {
  cniPluginsRecipe,
  containerdRecipe,
  criDockerdRecipe,
  criORecipe,
  runcRecipe,
  runscRecipe,
  runscShimRecipe,
} from "./runtimeRecipes";

/** What can be asked for. */
interface Buildable {
  /** What it is, for a person. */
  readonly title: string;
  /** How long it takes on 2 cores the first time, in minutes. */
  readonly minutes: number;
  readonly recipes: () => readonly ReleaseRecipe[];
}

/** What can be built, by the name with which it is asked for, in the order in which it is built. */
export const buildable = {
  containerd: { title: "containerd, its shim for runc, ctr", minutes: 3, recipes: () => [containerdRecipe()] },
  runc: { title: "runc", minutes: 1, recipes: () => [runcRecipe()] },
  "cni-plugins": { title: "the CNI plugins", minutes: 1, recipes: () => [cniPluginsRecipe()] },
  runsc: {
    title: "gVisor's runsc, and its shim for containerd",
    minutes: 2,
    recipes: () => [runscRecipe(), runscShimRecipe()],
  },
  "cri-dockerd": { title: "cri-dockerd, the CRI of Docker Engine", minutes: 5, recipes: () => [criDockerdRecipe()] },
  "cri-o": { title: "CRI-O and its pinns, without conmon, runc and crun", minutes: 8, recipes: () => [criORecipe()] },
  kubernetes: {
    title: "Kubernetes: the control plane, kubelet, kube-proxy, kubectl",
    minutes: 8,
    recipes: () => kubernetesPrograms.map(kubernetesRecipe),
  },
  etcd: { title: "etcd, etcdctl, etcdutl", minutes: 1, recipes: () => [etcdRecipe()] },
  crictl: { title: "crictl, to look at a CRI", minutes: 1, recipes: () => [crictlRecipe()] },
  coredns: {
    title: "CoreDNS, as an image for clusters that reach no registry",
    minutes: 2,
    recipes: () => [coreDnsRecipe()],
  },
} as const satisfies Readonly<Record<string, Buildable>>;

export type BuildName = keyof typeof buildable;
export const buildNames = Object.keys(buildable) as BuildName[];
/** What a node with containerd and nothing else asked for installs. */
export const defaultBuild: readonly BuildName[] = ["containerd", "runc", "cni-plugins"];

/** The recipes for what was asked for. */
export function recipes(names: readonly BuildName[] = defaultBuild): ReleaseRecipe[] {
  return buildNames.filter((name) => names.includes(name)).flatMap((name) => buildable[name].recipes());
}

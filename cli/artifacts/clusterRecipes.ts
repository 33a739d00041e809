import { join } from "node:path";
import { hostArchitecture } from "../../cloud/packages";
import { localImageName } from "../../components/cluster/localImage";
import { modules, pinned, strip, type ReleaseRecipe } from "./recipe";

export const kubernetesPrograms = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
  "kube-proxy",
  "kubectl",
] as const;

/** hack/lib/golang.sh and hack/lib/version.sh of Kubernetes, whose releases are single programs, static and without symbols. */
export function kubernetesRecipe(name: (typeof kubernetesPrograms)[number]): ReleaseRecipe {
  const module = "k8s.io/kubernetes";
  const version = pinned("kubernetes", module);
  const [major, minor] = version.split(".");
  const variables = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor, gitTreeState: "archive" };
  const stamp = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((path) =>
    Object.entries(variables).map(([variable, value]) => `-X ${path}.${variable}=${value}`),
  );
  return {
    ...{ name, version, module, moduleDirectory: join(modules, "kubernetes"), folder: "" },
    programs: [
      {
        ...{ packages: [`cmd/${name}`], program: name, cgo: false },
        tags: ["selinux", "notest", "grpcnotrace"],
        linkerFlags: [strip, ...stamp].join(" "),
      },
    ],
    systemPackages: [],
  };
}

/** scripts/build_lib.sh of etcd. Its three programs are modules of their own. */
export function etcdRecipe(): ReleaseRecipe {
  const module = "go.etcd.io/etcd/server/v3";
  const version = pinned("etcd", module);
  const program = (name: string, of: string) => ({
    ...{ module: `go.etcd.io/etcd/${of}/v3`, packages: [""], program: name, cgo: false, tags: [], linkerFlags: strip },
  });
  return {
    ...{ name: "etcd", version, module, moduleDirectory: join(modules, "etcd") },
    // As upstream's archive has it.
    folder: `etcd-v${version}-linux-${hostArchitecture().debian}/`,
    programs: [program("etcd", "server"), program("etcdctl", "etcdctl"), program("etcdutl", "etcdutl")],
    systemPackages: [],
  };
}

/** The Makefile of cri-tools. */
export function crictlRecipe(): ReleaseRecipe {
  const module = "sigs.k8s.io/cri-tools";
  const version = pinned("cri-tools", module);
  const linkerFlags = `${strip} -X ${module}/pkg/version.Version=v${version}`;
  return {
    ...{ name: "crictl", version, module, moduleDirectory: join(modules, "cri-tools"), folder: "" },
    programs: [{ packages: ["cmd/crictl"], cgo: false, tags: [], linkerFlags }],
    systemPackages: [],
  };
}

/** CoreDNS' Makefile, and its Dockerfile, whose image is the program and certificates that only DNS over TLS needs. */
export function coreDnsRecipe(): ReleaseRecipe {
  const module = "github.com/coredns/coredns";
  const version = pinned("coredns", module);
  return {
    ...{ name: "coredns", version, module, moduleDirectory: join(modules, "coredns"), folder: "" },
    programs: [
      {
        ...{ packages: [""], program: "coredns", cgo: false, tags: ["grpcnotrace"] },
        linkerFlags: `${strip} -X ${module}/coremain.GitCommit=v${version}`,
      },
    ],
    image: { name: localImageName("coredns", version), config: { Entrypoint: ["/coredns"], WorkingDir: "/" } },
    systemPackages: [],
  };
}

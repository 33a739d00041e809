import type { Reference } from "./explanation";

const github = "https://github.com";

/** A page, by its title. */
export const webPage = (title: string, url: string): Reference => ({ title, url });

/** A file of a project as it is in one version, for what no page says. */
const fileOf =
  (project: string, repository: string) =>
  (version: string, file: string): Reference =>
    webPage(`${project} ${version}, ${file}`, `${github}/${repository}/blob/v${version}/${file}`);

export const inContainerd = fileOf("containerd", "containerd/containerd");
export const inKubernetes = fileOf("Kubernetes", "kubernetes/kubernetes");
export const inCniPlugins = fileOf("CNI plugins", "containernetworking/plugins");
export const inLibcni = fileOf("libcni", "containernetworking/cni");
export const inGoCni = fileOf("go-cni", "containerd/go-cni");
export const inEtcd = fileOf("etcd", "etcd-io/etcd");

/** @param minor such as 1.35 */
export const kubernetesChangelog = (minor: string): Reference =>
  webPage(
    `Kubernetes ${minor}, changelog`,
    `${github}/kubernetes/kubernetes/blob/master/CHANGELOG/CHANGELOG-${minor}.md`,
  );

/** @param path below kubernetes.io/docs */
export const kubernetesDocs = (title: string, path: string): Reference =>
  webPage(`Kubernetes, ${title}`, `https://kubernetes.io/docs/${path}/`);

export const kernelDocs = (title: string, path: string): Reference =>
  webPage(`Linux, ${title}`, `https://docs.kernel.org/${path}.html`);

export const manPage = (name: string, section: number): Reference =>
  webPage(`${name}(${section})`, `https://man7.org/linux/man-pages/man${section}/${name}.${section}.html`);

/** @param path below cni.dev */
export const cniDocs = (title: string, path: string): Reference =>
  webPage(`CNI, ${title}`, `https://www.cni.dev/${path}/`);

/** @param path below docs.aws.amazon.com */
export const awsDocs = (title: string, path: string): Reference =>
  webPage(`AWS, ${title}`, `https://docs.aws.amazon.com/${path}.html`);

export const tutorialIssue = (number: number): Reference =>
  webPage(
    `Kubernetes the Hard Way, issue ${number}`,
    `${github}/kelseyhightower/kubernetes-the-hard-way/issues/${number}`,
  );

export const containerdSupport = webPage(
  "containerd, Kubernetes support",
  `${github}/containerd/containerd/blob/main/RELEASES.md#kubernetes-support`,
);
export const kubernetesFeatures = inKubernetes("1.36.3", "pkg/features/kube_features.go");

import type { PlannedCertificate } from "../../components/cluster/certificates";
import { controlPlanePorts } from "../../components/cluster/controlPlaneFiles";
import { etcdPorts } from "../../components/cluster/etcdFiles";
import { kubeletPorts } from "../../components/cluster/kubeletFiles";
import type { HostRole } from "../../components/host";

/** Who opens a connection to whom, and the certificates that they show each other. */
interface Talk {
  readonly from: string;
  readonly to: string;
  /** Name of the certificate that the one who connects shows. */
  readonly shows: string;
  /** That of the one who answers. */
  readonly answers: string;
  /** @default none that is the project's to decide */
  readonly port?: number;
}

const { apiServer } = controlPlanePorts;
const toApiServer = (from: string, shows: string): Talk => ({
  ...{ from, shows, to: "kube-apiserver", answers: "kube-apiserver", port: apiServer },
});

/** Of all programs of a cluster with several controllers. With one, etcd has no peer. */
export const talks: readonly Talk[] = [
  { from: "etcd", to: "etcd", shows: "etcd-peer", answers: "etcd-peer", port: etcdPorts.peer },
  {
    ...{ from: "kube-apiserver", to: "etcd", shows: "apiserver-etcd-client", answers: "etcd-server" },
    port: etcdPorts.client,
  },
  {
    ...{ from: "kube-apiserver", to: "kubelet", shows: "apiserver-kubelet-client", answers: "kubelet" },
    port: kubeletPorts.api,
  },
  toApiServer("kube-controller-manager", "controller-manager"),
  toApiServer("kube-scheduler", "scheduler"),
  toApiServer("kubectl", "admin"),
  toApiServer("hardway's step cluster", "super-admin"),
  toApiServer("kubelet", "kubelet"),
  toApiServer("kube-proxy", "kube-proxy"),
  {
    ...{ from: "kube-apiserver", to: "API servers of extensions", shows: "front-proxy-client" },
    answers: "their own",
  },
];

/** Where each of them runs; what is not here, is nowhere in the lab. */
export const places: Readonly<Record<HostRole, readonly string[]>> = {
  controller: [
    ...["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"],
    "hardway's step cluster",
  ],
  worker: ["kubelet", "kube-proxy"],
};

/** The programs of a cluster as a Mermaid flowchart: an arrow for each connection, with what the two show and who signed it. */
export function renderCertificateMap(certificates: readonly PlannedCertificate[]): string {
  const signer = new Map(certificates.map(({ name, authority }) => [name, authority]));
  const shown = (name: string) => (signer.has(name) ? `${name} (${signer.get(name)})` : name);
  const id = (program: string) => program.replaceAll(/\W/g, "");
  const box = (program: string) => `${id(program)}["${program}"]`;
  const placed = Object.values(places).flat();
  const elsewhere = talks.map(({ to }) => to).filter((program) => !placed.includes(program));
  return [
    "flowchart TB",
    ...Object.entries(places).flatMap(([role, programs]) => [
      `  subgraph ${role}["each ${role}"]`,
      ...programs.map((program) => `    ${box(program)}`),
      "  end",
    ]),
    ...elsewhere.map((program) => `  ${box(program)}`),
    ...talks.map(({ from, to, shows, answers, port }) => {
      const label = [`${shown(shows)} →`, `${shown(answers)}${port === undefined ? "" : `, port ${port}`}`].join(
        "<br/>",
      );
      return `  ${id(from)} -->|"${label}"| ${id(to)}`;
    }),
  ].join("\n");
}

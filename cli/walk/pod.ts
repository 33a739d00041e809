import { namespacesPath, probeLabels, type NewObject } from "../verify/cluster/probeObjects";
import { parseJson, refusalIn, type ApiObject } from "../verify/cluster/json";
import { nodesIn } from "../verify/cluster/nodes";

/** A pod of the API, as far as it is looked at. */
export interface WalkedPod extends ApiObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly nodeName?: string;
    readonly hostNetwork?: boolean;
    readonly hostPID?: boolean;
    readonly hostname?: string;
    readonly shareProcessNamespace?: boolean;
    readonly dnsPolicy?: string;
    readonly dnsConfig?: { readonly nameservers?: readonly string[] };
    readonly containers: readonly {
      readonly name: string;
      readonly ports?: readonly { readonly containerPort: number; readonly protocol?: string }[];
      readonly readinessProbe?: object;
    }[];
  };
  readonly status: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly qosClass?: string;
    readonly conditions?: readonly PodCondition[];
  };
}

interface PodCondition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** Which pod: its namespace and name. */
export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

/** A pod in an answer of the API server. @throws Error with the answer that is none */
export function podIn(text: string): WalkedPod {
  const refusal = refusalIn(text, "Pod");
  if (refusal !== undefined) throw new Error(refusal);
  return parseJson(text) as WalkedPod;
}

/** Whether a condition of the pod is true. */
export function isTrue(pod: WalkedPod, condition: string): boolean {
  return pod.status.conditions?.some(({ type, status }) => type === condition && status === "True") ?? false;
}

/** Paths in the API of what belongs to a pod. */
export function podPaths({ namespace, name }: PodName) {
  const folder = `${namespacesPath}/${namespace}`;
  return {
    pod: `${folder}/pods/${name}`,
    log: `${folder}/pods/${name}/log`,
    services: `${folder}/services`,
    slices: `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
    events: (uid: string) => `${folder}/events?fieldSelector=involvedObject.uid%3D${uid}`,
    /** In etcd. */
    key: `/registry/pods/${namespace}/${name}`,
  } as const;
}

/** The walk's own pod. */
export function ownPod(run: string): PodName {
  return { namespace: `hardway-walk-${run}`, name: "nginx" };
}

/** Labels by which the next verification finds what a run that was killed has left. */
export const runLabels = [probeLabels.ours, probeLabels.run] as const;

/** What the walk makes: a namespace with an nginx and a Service of it. @param node where it has to run; anywhere when undefined */
export function walkObjects(run: string, image: string, node: string | undefined): NewObject[] {
  const { namespace, name } = ownPod(run);
  const folder = `${namespacesPath}/${namespace}`;
  const labels = { app: name };
  return [
    {
      path: namespacesPath,
      object: {
        ...{ apiVersion: "v1", kind: "Namespace" },
        metadata: { name: namespace, labels: { [probeLabels.ours]: "true", [probeLabels.run]: run } },
      },
    },
    {
      path: `${folder}/services`,
      object: {
        ...{ apiVersion: "v1", kind: "Service", metadata: { name } },
        // Another port than the pod's, so that the pod itself cannot be mistaken for its Service.
        spec: { selector: labels, ports: [{ port: 8080, targetPort: 80 }] },
      },
    },
    {
      path: `${folder}/pods`,
      object: {
        ...{ apiVersion: "v1", kind: "Pod", metadata: { name, labels } },
        spec: {
          ...(node !== undefined && { nodeSelector: { "kubernetes.io/hostname": node } }),
          containers: [
            {
              ...{ name, image, imagePullPolicy: "IfNotPresent", ports: [{ containerPort: 80 }] },
              readinessProbe: { httpGet: { path: "/", port: 80 }, periodSeconds: 5, timeoutSeconds: 5 },
            },
          ],
        },
      },
    },
  ];
}

/** What the embedded lab's machines bring along, and what registries have. */
const images = { local: "hardway.local/nginx:1", registry: "docker.io/library/nginx:1" } as const;

/** The image of the walk's own pod: the one that is on all its possible Nodes, or a registry's. @param nodes the API's list of Nodes */
export function nginxImage(nodes: string, node: string | undefined): string {
  const possible = [...nodesIn(nodes)].filter(([name]) => node === undefined || name === node);
  const isThere = possible.every(([, { status }]) =>
    status?.images?.some(({ names = [] }) => names.includes(images.local)),
  );
  return possible.length > 0 && isThere ? images.local : images.registry;
}

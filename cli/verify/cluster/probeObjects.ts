import { probePort } from "../probePod";
import { scriptText } from "../hostScript";
import type { PlannedHost } from "../../../components/plan/routes";

/** Labels of everything that a verification makes in a cluster, and of the probe pod of a Node. */
export const probeLabels = {
  ours: "hardway.local/verify",
  run: "hardway.local/run",
  node: "hardway.local/probe",
} as const;

/** Path of the namespaces in the API. */
export const namespacesPath = "/api/v1/namespaces";
/** Those of killed runs too. */
export const probeNamespacesPath = `${namespacesPath}?labelSelector=${probeLabels.ours}`;

/** The value of the Secret and the ConfigMap that are read from etcd again. */
export const knownValue = "hardway-verify-plain-text";

/** The names of what a run makes, and their paths in the API. */
export function probeNames(run: string) {
  const namespace = `hardway-verify-${run}`;
  const folder = `${namespacesPath}/${namespace}`;
  return {
    namespace,
    folder,
    pods: `${folder}/pods`,
    services: `${folder}/services`,
    secret: `${folder}/secrets/probe`,
    pod: (node: string) => `probe-${node}`,
  } as const;
}

/** A path of the API, and what to create there. */
export interface NewObject {
  readonly path: string;
  readonly object: unknown;
}

/**
 * Everything that a run makes in the cluster, in its order: a namespace, with which all of it goes, a Secret and a ConfigMap,
 * and for each worker a pod that answers HTTP and a Service of its own, with a node port.
 */
export function probeObjects(run: string, workers: readonly PlannedHost[], image: string): NewObject[] {
  const { namespace, folder, pods, services, pod } = probeNames(run);
  const labels = { [probeLabels.ours]: "true", [probeLabels.run]: run };
  const data = { value: knownValue };
  return [
    { path: namespacesPath, object: { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } } },
    {
      path: `${folder}/secrets`,
      object: { apiVersion: "v1", kind: "Secret", metadata: { name: "probe" }, stringData: data },
    },
    {
      path: `${folder}/configmaps`,
      object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "probe" }, data },
    },
    ...workers.map(({ name }) => ({ path: services, object: probeService(pod(name), name) })),
    ...workers.map(({ name }) => ({ path: pods, object: probePodObject(pod(name), name, image, run) })),
  ];
}

function probeService(name: string, node: string) {
  return {
    ...{ apiVersion: "v1", kind: "Service", metadata: { name } },
    spec: {
      type: "NodePort",
      selector: { [probeLabels.node]: node },
      ports: [{ port: servicePort, targetPort: probePort }],
    },
  };
}

/** Another port than the pods', so that a Service which leads nowhere cannot be mistaken for one that does. */
export const servicePort = 8081;

/** The scheduler places it, and it needs no token. */
function probePodObject(name: string, node: string, image: string, run: string) {
  const serve = scriptText("serve", { POD: node, PORT: String(probePort) });
  return {
    ...{ apiVersion: "v1", kind: "Pod" },
    metadata: { name, labels: { [probeLabels.node]: node } },
    spec: {
      nodeSelector: { "kubernetes.io/hostname": node },
      tolerations: [{ operator: "Exists" }],
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          ...{ name: "probe", image, imagePullPolicy: "IfNotPresent" },
          command: ["/bin/busybox", "sh", "-c", `echo ${logLine(run)}\n${serve}`],
        },
      ],
    },
  };
}

/** What each pod writes into its log. */
export function logLine(run: string): string {
  return `hardway-verify ${run}`;
}

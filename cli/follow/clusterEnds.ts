import { namespacesPath } from "../verify/cluster/probeObjects";
import { parseJson, refusalIn } from "../verify/cluster/json";
import { podIn, type PodName } from "../walk/pod";

/** A Service, as far as a packet to it is concerned. */
export interface FollowedService {
  readonly address: string;
  readonly port: number;
  /** Where it leads. */
  readonly endpoints: readonly { readonly address: string; readonly port: number }[];
}

/** Paths in the API of a Service and of where it leads. */
export function servicePaths({ namespace, name }: PodName) {
  return {
    service: `${namespacesPath}/${namespace}/services/${name}`,
    slices: `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3D${name}`,
  };
}

interface ServiceObject {
  readonly spec: {
    readonly clusterIP?: string;
    readonly ports?: readonly { readonly name?: string; readonly port: number; readonly protocol?: string }[];
  };
}

interface Slices {
  readonly items?: readonly {
    readonly addressType: string;
    readonly ports?: readonly { readonly name?: string; readonly port?: number; readonly protocol?: string }[] | null;
    readonly endpoints?:
      readonly { readonly addresses: readonly string[]; readonly conditions?: { readonly ready?: boolean } }[] | null;
  }[];
}

/**
 * Reads a Service from the API's answers.
 *
 * @param wanted its port; the first of TCP when undefined
 * @throws Error saying why no packet of TCP can be sent to it
 */
export function serviceIn(service: string, slices: string, wanted: number | undefined): FollowedService {
  const refusal = refusalIn(service, "Service") ?? refusalIn(slices, "EndpointSliceList");
  if (refusal !== undefined) throw new Error(refusal);
  const { clusterIP = "None", ports = [] } = (parseJson(service) as ServiceObject).spec;
  if (clusterIP === "None" || clusterIP === "") throw new Error("it has no address of its own (clusterIP: None)");
  const tcp = ports.filter(({ protocol = "TCP" }) => protocol === "TCP");
  const port = tcp.find((one) => wanted === undefined || one.port === wanted);
  if (port === undefined)
    throw new Error(`it has no such port of TCP; it has ${tcp.map((one) => one.port).join(", ") || "none"}`);
  const { items = [] } = parseJson(slices) as Slices;
  const endpoints = items.flatMap((slice) => {
    const at = slice.ports?.find(({ name = "", protocol = "TCP" }) => name === (port.name ?? "") && protocol === "TCP");
    if (slice.addressType !== "IPv4" || at?.port === undefined) return [];
    const ready = (slice.endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
    return ready.flatMap(({ addresses }) => addresses.map((address) => ({ address, port: at.port ?? 0 })));
  });
  return { address: clusterIP, port: port.port, endpoints };
}

/** The address of a pod in the API's answer. @throws Error saying why it has none of its own */
export function podAddressIn(text: string): string {
  const { spec, status } = podIn(text);
  if (status.phase !== "Running" || status.podIP === undefined)
    throw new Error(`it does not run (${status.phase ?? "no phase"})`);
  if (spec.hostNetwork === true) throw new Error("it has its Node's own network (hostNetwork); name the Node instead");
  return status.podIP;
}

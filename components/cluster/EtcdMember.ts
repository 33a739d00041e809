import * as pulumi from "@pulumi/pulumi";
import { visibleArgs, type KnownArgs } from "../node/runStep";
import { clusterDefaults } from "./clusterDefaults";
import { etcdData, etcdPorts, etcdService, peerUrl } from "./etcdFiles";
import { runServices, type ClusterHostArgs, type ClusterStepArgs, type ProgramFacts } from "./runServices";
import type { ServiceFiles } from "./services";

export interface EtcdMemberArgs extends ClusterStepArgs {
  /** The member's name among `members`. */
  readonly name: pulumi.Input<string>;
  /** All members, this one among them; an odd number, so that a majority is left when one is lost. They cannot change later. */
  readonly members: pulumi.Input<pulumi.Input<ClusterHostArgs>[]>;
  /** What members of this cluster say to each other, so that they never take part in another (`initial-cluster-token`). @default hardway */
  readonly clusterName?: pulumi.Input<string>;
  /** Version of etcd. @default the newest that the source has */
  readonly etcdVersion?: pulumi.Input<string>;
  /** Milliseconds between two signs of life of the leader; an election begins after ten. @default 100 */
  readonly heartbeatMilliseconds?: pulumi.Input<number>;
}

/**
 * A member of etcd, where the API servers keep what the cluster is to be, with etcdctl and etcdutl. Its clients and the
 * other members need certificates of etcd's own authority. Deleting it deletes its data.
 *
 * `credentials` needs `etcd-ca.crt`, and `.crt` and `.key` of `etcd-server` and `etcd-peer`. Fails, before anything is
 * written, where a port is taken, another etcd's data are there, or the data have other members than `members`.
 */
export class EtcdMember extends pulumi.ComponentResource {
  /** What the step found and did. */
  readonly facts: pulumi.Output<ProgramFacts>;

  constructor(name: string, args: EtcdMemberArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:index:EtcdMember", name, visibleArgs(args), opts);
    this.facts = runServices(
      this,
      name,
      args,
      {
        script: "60-etcd",
        services: servicesOf,
        releases: ({ etcdVersion = "" }) => ({ etcd: etcdVersion }),
        variables: etcdVariables,
      },
      opts,
    );
    this.registerOutputs();
  }
}

function servicesOf(args: KnownArgs<EtcdMemberArgs>): ServiceFiles {
  const {
    name,
    members,
    clusterName: token = "hardway",
    heartbeatMilliseconds = clusterDefaults.heartbeatMilliseconds,
  } = args;
  const address = members.find((member) => member.name === name)?.address;
  if (address === undefined)
    throw new Error(`members has no ${name}; found ${members.map((each) => each.name).join(", ")}`);
  return { services: [etcdService({ name, address, members, token, heartbeatMilliseconds })] };
}

function etcdVariables(args: KnownArgs<EtcdMemberArgs>): Record<string, string> {
  return {
    DATA: etcdData,
    MEMBERS: args.members.map(peerUrl).join("\n"),
    CLIENT_PORT: String(etcdPorts.client),
    PEER_PORT: String(etcdPorts.peer),
    METRICS_PORT: String(etcdPorts.metrics),
  };
}

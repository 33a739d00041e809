import { z } from "zod";
import { clusterDefaults } from "../cluster/clusterDefaults";
import { ProxyMode } from "../cluster/kubeProxyFiles";
import { longestClusterDomain } from "../plan/cluster";
import { network } from "./fields";
import { imageReference } from "./runtimeSchema";

/** As an EncryptionConfiguration names them (kubernetes, "Encrypting Confidential Data at Rest"). */
const kindOfObjects = z
  .string()
  .regex(
    /^([a-z0-9]+(\.[a-z0-9.-]+)?|\*\.[a-z0-9.-]*|\*\.\*)$/,
    "must be a kind of objects in the plural, such as secrets or deployments.apps; *.apps is a whole group, *. the core group, *.* everything",
  );

/** Settings that the configuration and the arguments of a program call the same. */
const namedAlike = {
  kubernetesVersion: z
    .string()
    .regex(/^\d+\.\d+\.\d+$/, "must be a version such as 1.36.3")
    .default(clusterDefaults.kubernetesVersion),
  serviceCidr: network.default(clusterDefaults.serviceCidr),
  clusterDomain: z
    .string()
    .regex(
      /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/,
      "must be a DNS name such as cluster.local",
    )
    .max(
      longestClusterDomain,
      `must be at most ${longestClusterDomain} characters long, so that every Service has a name`,
    )
    .default(clusterDefaults.clusterDomain),
  dnsImage: imageReference.default(clusterDefaults.dnsImage),
  proxyMode: z.enum(ProxyMode).default(clusterDefaults.proxyMode),
  seccompDefault: z.boolean().default(clusterDefaults.seccompDefault),
  encryptedResources: z
    .array(kindOfObjects)
    .refine((kinds) => new Set(kinds).size === kinds.length, "must not have a kind twice")
    .default([...clusterDefaults.encryptedResources]),
  certificateDays: z.int().min(2).max(3650).default(clusterDefaults.certificateDays),
  certificateGeneration: z.int().min(1).default(1),
  caGeneration: z.int().min(1).default(1),
};
const heartbeatMilliseconds = z.int().min(10).max(5000).default(clusterDefaults.heartbeatMilliseconds);

/** Keys about the Kubernetes cluster, which only `cluster: true` reads. */
export const clusterShape = {
  cluster: z.boolean().default(false),
  ...namedAlike,
  etcdHeartbeatMilliseconds: heartbeatMilliseconds,
};

/** The same as arguments of a program: `LabClusterArgs`. */
export const clusterArgsSchema = z.strictObject({
  ...namedAlike,
  heartbeatMilliseconds,
  source: z.any().optional(),
});

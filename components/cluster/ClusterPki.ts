import { randomBytes } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { refuse, shownError } from "../shownError";
import {
  authorities,
  controllerCertificates,
  workerCertificates,
  type AuthorityName,
  type PlannedCertificate,
} from "./certificates";
import { clusterDefaults } from "./clusterDefaults";
import {
  endOf,
  issueAuthority,
  issueCertificate,
  newSigningKey,
  type KeyedCertificate,
  type SigningKey,
} from "./issue";
import type { Credentials } from "./credentials";
import { authoritiesStash, hostStash } from "./stashNames";

/** A host that gets certificates. */
export interface PkiHostArgs {
  /** Also the name of its Node. Plain, since it is part of resource names. */
  readonly name: string;
  /** IPv4 address on the network that the hosts share. */
  readonly address: pulumi.Input<string>;
}

export interface ClusterPkiArgs {
  /** Hosts with etcd and a control plane. Plain but for addresses: there is a resource for each. */
  readonly controllers: PkiHostArgs[];
  /** Hosts with a kubelet. Plain but for addresses: there is a resource for each. */
  readonly workers: PkiHostArgs[];
  /** IPv4 network of the Services, whose first address is the API server's. @default 10.32.0.0/24 */
  readonly serviceCidr?: pulumi.Input<string>;
  /** DNS domain of the Services. @default cluster.local */
  readonly clusterDomain?: pulumi.Input<string>;
  /** Days that a host's certificates hold; authorities hold ten times that. @default 365 */
  readonly certificateDays?: pulumi.Input<number>;
  /** Another number issues the certificates of all hosts again, by the same authorities. @default 1 */
  readonly certificateGeneration?: pulumi.Input<number>;
  /** Another number makes new authorities, keys and certificates: no part of a running cluster trusts them. @default 1 */
  readonly caGeneration?: pulumi.Input<number>;
}

/** What is made once for a cluster. Secret. */
interface ClusterKeys {
  readonly authorities: Readonly<Record<AuthorityName, KeyedCertificate>>;
  /** Signs the tokens of service accounts; the same on all controllers. */
  readonly serviceAccount: SigningKey;
  /** 32 bytes in base64 that encrypt Secrets in etcd. */
  readonly encryptionKey: string;
}

/**
 * The certificates and keys of a cluster: three authorities, a key for service accounts' tokens, one for Secrets at rest,
 * and the certificates of each host, all ECDSA P-256. They are made once, in the program, and kept encrypted in the
 * state; no key is on a command line or in a preview. A host is given only its own.
 *
 * Needs version 3.208 or newer of Pulumi's SDK, for its resource Stash.
 */
export class ClusterPki extends pulumi.ComponentResource {
  /** Certificates of the authorities, PEM, by name: ca, etcd-ca, front-proxy-ca. */
  readonly authorities: pulumi.Output<Record<string, string>>;
  /**
   * The `credentials` of each host, by its name: PEM by the names of their files. Those of a host change with its own
   * certificates and with no other host's. Secret.
   */
  readonly hosts: Readonly<Record<string, pulumi.Output<Record<string, string>>>>;
  /** When the first of a host's certificates ends, ISO 8601, by the host's name. */
  readonly certificateExpiry: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: ClusterPkiArgs, opts?: pulumi.ComponentResourceOptions) {
    refuse(nameProblem(args));
    super("hardway:index:ClusterPki", name, args, opts);
    const { caGeneration = 1, certificateGeneration = 1, certificateDays = clusterDefaults.certificateDays } = args;
    const days = pulumi.output(certificateDays);
    const made = stash(authoritiesStash(name), days.apply(newKeys), [caGeneration], this);
    this.authorities = pulumi.unsecret(made.apply(({ authorities }) => certificatesOf(authorities)));
    const issued = plannedHosts(args).map(({ name: host, shared, planned }) => {
      const own = stash(
        hostStash(name, host),
        pulumi.all([planned, made, days]).apply(([list, known, days]) => issueAll(list, known, days)),
        // A new authority alone would not issue them again: what goes in is not looked at.
        [caGeneration, certificateGeneration, days, planned],
        this,
      );
      return {
        host,
        own,
        all: pulumi.all([made.apply(shared), own]).apply(([common, own]) => ({ ...common, ...own })),
      };
    });
    this.hosts = Object.fromEntries(issued.map(({ host, all }) => [host, pulumi.secret(all)]));
    this.certificateExpiry = pulumi.all(
      Object.fromEntries(issued.map(({ host, own }) => [host, pulumi.unsecret(own.apply(firstEnd))])),
    );
    this.registerOutputs({ authorities: this.authorities, certificateExpiry: this.certificateExpiry });
  }
}

/** What is kept for a host is named after it. */
function nameProblem({ controllers, workers }: ClusterPkiArgs): string | undefined {
  const names = [...controllers, ...workers].map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  return twice && `ClusterPki needs a name of its own for each host; ${twice} is there twice.`;
}

/** What each host is to have, once its address is known. */
function plannedHosts({ controllers, workers, ...names }: ClusterPkiArgs) {
  const { serviceCidr = clusterDefaults.serviceCidr, clusterDomain = clusterDefaults.clusterDomain } = names;
  const known = pulumi.output({ serviceCidr, clusterDomain });
  return [
    ...controllers.map(({ name, address }) => ({
      ...{ name, shared: controllerCredentials },
      planned: pulumi
        .all([address, known])
        .apply(([address, names]) => controllerCertificates({ name, address }, names)),
    })),
    ...workers.map(({ name, address }) => ({
      ...{ name, shared: workerCredentials },
      planned: pulumi.output(address).apply((address) => workerCertificates({ name, address })),
    })),
  ];
}

/** A value that stays what it was when it was made, until one of `triggers` changes. */
function stash<T>(
  name: string,
  made: pulumi.Output<T>,
  triggers: pulumi.Input<unknown>[],
  parent: pulumi.Resource,
): pulumi.Output<T> {
  if ((pulumi.Stash as unknown) === undefined)
    throw shownError("ClusterPki keeps keys in a Stash, which @pulumi/pulumi has from 3.208 on. Install a newer one");
  const kept = new pulumi.Stash(
    name,
    { input: pulumi.secret(made) },
    {
      parent,
      // Another value is made in each run; it counts only where there is none yet.
      ignoreChanges: ["input"],
      replacementTrigger: pulumi.all(triggers).apply((all) => JSON.stringify(all)),
      additionalSecretOutputs: ["output", "input"],
    },
  );
  return pulumi.secret(kept.output) as pulumi.Output<T>;
}

async function newKeys(days: number): Promise<ClusterKeys> {
  const now = new Date();
  const issued = Object.entries(authorities).map(
    async ([name, commonName]) => [name, await issueAuthority(commonName, 10 * days, now)] as const,
  );
  return {
    authorities: Object.fromEntries(await Promise.all(issued)) as Record<AuthorityName, KeyedCertificate>,
    serviceAccount: await newSigningKey(),
    encryptionKey: randomBytes(32).toString("base64"),
  };
}

async function issueAll(
  planned: readonly PlannedCertificate[],
  { authorities }: ClusterKeys,
  days: number,
): Promise<Credentials> {
  const now = new Date();
  const issued = planned.map(async (one) => {
    const { certificate, key } = await issueCertificate(one, authorities[one.authority], days, now);
    return { [`${one.name}.crt`]: certificate, [`${one.name}.key`]: key };
  });
  return Object.assign({}, ...(await Promise.all(issued))) as Credentials;
}

function firstEnd(own: Credentials): string {
  const ends = Object.entries(own).flatMap(([file, text]) => (file.endsWith(".crt") ? [endOf(text)] : []));
  return ends.sort()[0] ?? "";
}

/** What all controllers have in common. The authorities' keys are not among it: nothing on a host signs certificates. */
function controllerCredentials({ authorities, serviceAccount, encryptionKey }: ClusterKeys): Credentials {
  const certificates = Object.entries(certificatesOf(authorities)).map(([name, text]) => [`${name}.crt`, text]);
  return {
    ...(Object.fromEntries(certificates) as Credentials),
    "service-account.key": serviceAccount.key,
    "service-account.pub": serviceAccount.publicKey,
    "encryption.key": encryptionKey,
  };
}

/** What all workers have in common. */
function workerCredentials({ authorities }: ClusterKeys): Credentials {
  return { "ca.crt": authorities.ca.certificate };
}

function certificatesOf(keyed: ClusterKeys["authorities"]): Record<string, string> {
  return Object.fromEntries(Object.entries(keyed).map(([name, { certificate }]) => [name, certificate]));
}

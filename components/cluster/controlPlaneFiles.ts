import { stringify } from "yaml";
import type { OwnedFile } from "../node/ownedFiles";
import { bootstrapUser, frontProxyClient } from "./certificates";
import { credentialFile, pairFiles } from "./credentials";
import { renderKubeconfig } from "./kubeconfig";
import { unitCommand } from "../node/runtime/systemdUnit";
import { flagsOf, type SystemdService, type ServiceFile } from "./services";

/** Port of the API server, and the ports on loopback where the other two say how they are. */
export const controlPlanePorts = { apiServer: 6443, controllerManager: 10257, scheduler: 10259 } as const;
export const controlPlaneFolder = "/var/lib/kubernetes";
/** What kubectl on a controller goes by where it sets the cluster up. */
export const bootstrapKubeconfig = `${controlPlaneFolder}/${bootstrapUser}.kubeconfig`;
/** What kubectl on a controller goes by for the administrator. */
export const adminKubeconfig = `${controlPlaneFolder}/admin.kubeconfig`;
/** Paths that anybody may ask for, without a certificate. */
const healthPaths = ["/livez", "/readyz", "/healthz"];

/** What the services on one controller are rendered from. */
export interface ControlPlaneSettings {
  readonly address: string;
  readonly etcdEndpoints: readonly string[];
  readonly serviceCidr: string;
  readonly clusterDomain: string;
  /** Seconds after which another one leads, where this is one of several. @default the only one, which leads always */
  readonly leaseSeconds?: number;
}

const at = (name: string) => `${controlPlaneFolder}/${name}`;
const [ca, etcdCa, frontProxyCa] = ["ca.crt", "etcd-ca.crt", "front-proxy-ca.crt"].map((name) =>
  credentialFile(controlPlaneFolder, name),
) as [ServiceFile, ServiceFile, ServiceFile];
const serviceAccount = {
  key: credentialFile(controlPlaneFolder, "service-account.key"),
  publicKey: credentialFile(controlPlaneFolder, "service-account.pub"),
};

/** The services of a controller in the order in which they start. */
export function controlPlaneServices(settings: ControlPlaneSettings): SystemdService[] {
  return [apiServer(settings), controllerManager(settings), scheduler(settings)];
}

/** Kubeconfigs for people, with their files, which no service reads. */
export function adminFiles(): ServiceFile[] {
  return ["admin", bootstrapUser].flatMap(kubeconfigFiles);
}

/**
 * Most of what is not set is on by default; NodeRestriction is not (kubernetes, "Admission Controllers"). A controller has
 * no kube-proxy, so that it reaches an extension's API server by its pods' addresses (`--enable-aggregator-routing`), and
 * looks kubelets up by address, since names resolve nowhere.
 */
function apiServer(settings: ControlPlaneSettings): SystemdService {
  const { address, etcdEndpoints, serviceCidr, clusterDomain } = settings;
  const [certificate, key] = pairFiles(controlPlaneFolder, "kube-apiserver");
  const [etcdCertificate, etcdKey] = pairFiles(controlPlaneFolder, "apiserver-etcd-client");
  const [kubeletCertificate, kubeletKey] = pairFiles(controlPlaneFolder, "apiserver-kubelet-client");
  const [proxyCertificate, proxyKey] = pairFiles(controlPlaneFolder, "front-proxy-client");
  const authentication = { path: at("authentication.yaml"), text: renderAuthentication() };
  const encryption = { path: at("encryption.yaml"), mode: "0600" as const, credential: encryptionCredential };
  return {
    name: "kube-apiserver",
    description: "The Kubernetes API server",
    after: ["etcd.service"],
    settings: { Type: "notify", TimeoutStartSec: "infinity", LimitNOFILE: "65536" },
    files: [
      ...[ca, etcdCa, frontProxyCa, certificate, key, etcdCertificate, etcdKey, kubeletCertificate, kubeletKey],
      ...[proxyCertificate, proxyKey, serviceAccount.key, serviceAccount.publicKey, authentication, encryption],
    ],
    flags: flagsOf({
      "advertise-address": address,
      "secure-port": controlPlanePorts.apiServer,
      "etcd-servers": etcdEndpoints.join(","),
      "etcd-cafile": etcdCa.path,
      "etcd-certfile": etcdCertificate.path,
      "etcd-keyfile": etcdKey.path,
      "tls-cert-file": certificate.path,
      "tls-private-key-file": key.path,
      "client-ca-file": ca.path,
      "service-cluster-ip-range": serviceCidr,
      "service-node-port-range": "30000-32767",
      "service-account-issuer": `https://kubernetes.default.svc.${clusterDomain}`,
      "service-account-key-file": serviceAccount.publicKey.path,
      "service-account-signing-key-file": serviceAccount.key.path,
      "service-account-extend-token-expiration": false,
      "authorization-mode": "Node,RBAC",
      "enable-admission-plugins": "NodeRestriction",
      "authentication-config": authentication.path,
      "kubelet-certificate-authority": ca.path,
      "kubelet-client-certificate": kubeletCertificate.path,
      "kubelet-client-key": kubeletKey.path,
      "kubelet-preferred-address-types": "InternalIP,ExternalIP,Hostname",
      "encryption-provider-config": encryption.path,
      "encryption-provider-config-automatic-reload": true,
      "requestheader-client-ca-file": frontProxyCa.path,
      "requestheader-allowed-names": frontProxyClient,
      "requestheader-username-headers": "X-Remote-User",
      "requestheader-group-headers": "X-Remote-Group",
      "requestheader-extra-headers-prefix": "X-Remote-Extra-",
      "proxy-client-cert-file": proxyCertificate.path,
      "proxy-client-key-file": proxyKey.path,
      "enable-aggregator-routing": true,
      "allow-privileged": true,
      profiling: false,
    }),
  };
}

/** It signs no certificates, so that the authority's key need not be on a controller. */
function controllerManager({ leaseSeconds }: ControlPlaneSettings): SystemdService {
  const { leaderElect, leaseDuration, renewDeadline, retryPeriod } = leaderElection(leaseSeconds);
  const [kubeconfig, ...certificate] = kubeconfigFiles("controller-manager");
  return {
    name: "kube-controller-manager",
    description: "The Kubernetes controller manager",
    after: ["kube-apiserver.service"],
    // It gives up after ten seconds (WaitForAPIServer in its sources), and an API server that has started may need longer.
    settings: { ExecStartPre: untilHealthy(), TimeoutStartSec: "infinity" },
    files: [kubeconfig, ...certificate, ca, frontProxyCa, serviceAccount.key],
    flags: flagsOf({
      "bind-address": "127.0.0.1",
      kubeconfig: kubeconfig.path,
      "authentication-kubeconfig": kubeconfig.path,
      "authorization-kubeconfig": kubeconfig.path,
      "client-ca-file": ca.path,
      "requestheader-client-ca-file": frontProxyCa.path,
      "root-ca-file": ca.path,
      "service-account-private-key-file": serviceAccount.key.path,
      "use-service-account-credentials": true,
      "cluster-name": "hardway",
      "leader-elect": leaderElect,
      "leader-elect-lease-duration": leaseDuration,
      "leader-elect-renew-deadline": renewDeadline,
      "leader-elect-retry-period": retryPeriod,
      profiling: false,
    }),
  };
}

/**
 * A command that ends once the API server of the same host is healthy. It asks from one process as long as nobody answers: a new one
 * each second takes a small controller much of the time in which the API server starts.
 */
function untilHealthy(): string {
  const url = `https://127.0.0.1:${controlPlanePorts.apiServer}/healthz`;
  const retry = "--retry 600 --retry-delay 1 --retry-connrefused";
  const ask = `curl -q -s -f -o /dev/null --max-time 10 ${retry} --cacert ${ca.path} ${url}`;
  return unitCommand(["/bin/sh", "-c", `until ${ask}; do sleep 1; done`]);
}

function scheduler({ leaseSeconds }: ControlPlaneSettings): SystemdService {
  const [kubeconfig, ...certificate] = kubeconfigFiles("scheduler");
  const configuration = {
    path: at("scheduler.yaml"),
    text: stringify({
      apiVersion: "kubescheduler.config.k8s.io/v1",
      kind: "KubeSchedulerConfiguration",
      clientConnection: { kubeconfig: kubeconfig.path },
      leaderElection: leaderElection(leaseSeconds),
    }),
  };
  return {
    name: "kube-scheduler",
    description: "The Kubernetes scheduler",
    after: ["kube-apiserver.service"],
    files: [kubeconfig, ...certificate, ca, configuration],
    flags: flagsOf({
      config: configuration.path,
      "authentication-kubeconfig": kubeconfig.path,
      "authorization-kubeconfig": kubeconfig.path,
      "bind-address": "127.0.0.1",
      profiling: false,
    }),
  };
}

interface LeaderElection {
  readonly leaderElect: boolean;
  readonly leaseDuration?: string;
  readonly renewDeadline?: string;
  readonly retryPeriod?: string;
}

/** As the scheduler's configuration has it, in the proportions of the defaults: 15, 10 and 2 seconds. */
function leaderElection(leaseSeconds: number | undefined): LeaderElection {
  if (leaseSeconds === undefined) return { leaderElect: false };
  const seconds = (part: number) => `${Math.max(1, Math.round(leaseSeconds * part))}s`;
  return {
    leaderElect: true,
    ...{ leaseDuration: `${leaseSeconds}s`, renewDeadline: seconds(10 / 15), retryPeriod: seconds(2 / 15) },
  };
}

/** A kubeconfig towards the API server of the same host, and the user's certificate and key. */
function kubeconfigFiles(user: string): [OwnedFile, ServiceFile, ServiceFile] {
  const [certificate, key] = pairFiles(controlPlaneFolder, user);
  const text = renderKubeconfig({
    server: `https://127.0.0.1:${controlPlanePorts.apiServer}`,
    user,
    authorityFile: ca.path,
    certificateFile: certificate.path,
    keyFile: key.path,
  });
  return [{ path: at(`${user}.kubeconfig`), text }, certificate, key];
}

/** Who has no certificate and no token is nobody, but for questions about health (`--anonymous-auth` is for all paths). */
function renderAuthentication(): string {
  return stringify({
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "AuthenticationConfiguration",
    anonymous: { enabled: true, conditions: healthPaths.map((path) => ({ path })) },
  });
}

/** The credential that has the text of `encryption.yaml`, since its key is in it. */
export const encryptionCredential = "encryption.yaml";

/**
 * What encrypts these kinds of objects in etcd, by secretbox (kubernetes, "Encrypting Confidential Data at Rest"). The first
 * provider writes, each reads: so the API servers can read all kinds, whatever was encrypted when an object was written.
 */
export function renderEncryption(resources: readonly string[], key: string): string {
  const secretbox = { secretbox: { keys: [{ name: "key1", secret: key }] } };
  const identity = { identity: {} };
  const everything = "*.*";
  const configuration = {
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "EncryptionConfiguration",
    resources: [
      ...(resources.length === 0 ? [] : [{ resources: [...resources], providers: [secretbox, identity] }]),
      ...(resources.includes(everything) ? [] : [{ resources: [everything], providers: [identity, secretbox] }]),
    ],
  };
  return stringify(configuration, { aliasDuplicateObjects: false });
}

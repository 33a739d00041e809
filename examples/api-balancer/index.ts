// The way of a worker to three API servers, by HAProxy on its loopback. The cluster is there; only its certificate is needed.
// Run it: set host, user, privateKeyFile, hostKey, controllers and authority (a PEM text) as in ../README.md, then pulumi up.
import * as pulumi from "@pulumi/pulumi";
import { ApiBalancer, type ClusterHostArgs } from "hardway/host";
import { connectionFromConfig } from "../connection";

const config = new pulumi.Config();

const balancer = new ApiBalancer("example", {
  connection: connectionFromConfig(),
  credentials: { "ca.crt": config.require("authority") },
  controllers: config.requireObject<ClusterHostArgs[]>("controllers"),
});

// What kubelet and kube-proxy on this host take as `server`.
export const server = balancer.server;

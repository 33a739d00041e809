// PodRoutes on one host: an "ip route" entry to the pods of another node, now and after every reboot.
// Run it: set what ../README.md lists, and the host's own address and the other node's as nextHop, then pulumi up.
import * as pulumi from "@pulumi/pulumi";
import { PodRoutes } from "hardway/host";
import { connectionFromConfig } from "../connection";

const config = new pulumi.Config();

const routes = new PodRoutes("example", {
  connection: connectionFromConfig(),
  address: config.require("address"),
  routes: [{ destination: "10.200.1.0/24", nextHop: config.require("nextHop") }],
});

export const facts = routes.facts;

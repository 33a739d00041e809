import * as pulumi from "@pulumi/pulumi";
import { PodRoutes } from "../../components";
import { connectionFromConfig } from "../connection";

const config = new pulumi.Config();

const routes = new PodRoutes("example", {
  connection: connectionFromConfig(),
  address: config.require("address"),
  routes: [{ destination: "10.200.1.0/24", nextHop: config.require("nextHop") }],
});

export const facts = routes.facts;

import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { engineAddress, servePlugin } from "../plugin/server";
import { awsProvider } from "./provider";

const provider = awsProvider(engineAddress(process.argv.slice(2)));
void servePlugin((server) => server.addService(ResourceProviderService, provider));

import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { engineAddress, servePlugin } from "../plugin/server";
import { killLocalCommands } from "./localCommand";
import { commandProvider } from "./provider";

const provider = commandProvider(engineAddress(process.argv.slice(2)));
void servePlugin((server) => server.addService(ResourceProviderService, provider), killLocalCommands);

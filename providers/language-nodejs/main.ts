import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { engineAddress, servePlugin } from "../plugin/server";
import { languageHost } from "./host";
import { killPlugins } from "./plugin";
import { killPrograms } from "./program";

const host = languageHost(engineAddress(process.argv.slice(2)));
void servePlugin(
  (server) => server.addService(LanguageRuntimeService, host),
  () => {
    killPrograms();
    killPlugins();
  },
);

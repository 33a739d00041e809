import * as pulumi from "@pulumi/pulumi";
import { ComponentPlugin } from "./provider";

/** The engine's address, which it gives to each plugin, comes last. */
void pulumi.provider.main(new ComponentPlugin(), process.argv.slice(2));

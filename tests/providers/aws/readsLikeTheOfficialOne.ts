import { instance } from "../../../providers/aws/resources/instance";

// The aws plugin, with a machine's public address read as the official one reads it (hashicorp/terraform-provider-aws,
// ec2_instance.go): by whether there is one now, and a stopped machine has none.
const read = instance.read.bind(instance);
instance.read = async (id, state, context) => {
  const found = await read(id, state, context);
  return found && { ...found, associatePublicIpAddress: found.publicIp !== "" };
};
void import("../../../providers/aws/main.js");

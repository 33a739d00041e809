import { EC2Client } from "@aws-sdk/client-ec2";
import type { AwsPluginSettings } from "../settings/settings";

/** What an SDK needs to call the embedded EC2's API. The keys must never reach a log or a file. */
export type EmbeddedEc2 = Required<Omit<AwsPluginSettings, "profile">>;

/** A client for the EC2 API that the lab's stack uses: AWS's own, or the one at `endpoint`. */
export function ec2Client({ region, profile, accessKey, secretKey, endpoint }: AwsPluginSettings): EC2Client {
  const credentials = accessKey && secretKey ? { accessKeyId: accessKey, secretAccessKey: secretKey } : undefined;
  return new EC2Client({
    region,
    profile,
    credentials,
    // With a profile or variable that asks for AWS's FIPS or dual-stack endpoints the SDK refuses any other one.
    ...(endpoint !== undefined && { endpoint, useFipsEndpoint: false, useDualstackEndpoint: false }),
  });
}

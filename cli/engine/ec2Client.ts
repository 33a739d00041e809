import { EC2Client } from "@aws-sdk/client-ec2";
import type { AwsPluginSettings } from "../settings/settings";

/** How the embedded EC2's API is asked: what an SDK needs. The keys are never for a log or a file. */
export interface EmbeddedEc2 {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** A client for the EC2 API that the lab's stack uses: AWS's own, or the one at `endpoint`. */
export function ec2Client({ region, profile, accessKey, secretKey, endpoint }: AwsPluginSettings): EC2Client {
  return new EC2Client({
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
    // With a profile or variable that asks for AWS's FIPS or dual-stack endpoints the SDK refuses any other one.
    ...(endpoint !== undefined && { endpoint, useFipsEndpoint: false, useDualstackEndpoint: false }),
    ...(accessKey !== undefined &&
      secretKey !== undefined && { credentials: { accessKeyId: accessKey, secretAccessKey: secretKey } }),
  });
}

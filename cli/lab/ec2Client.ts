import { EC2Client } from "@aws-sdk/client-ec2";
import type { AwsSettings } from "../settings/settings";

/** A client for the EC2 API that the lab's stack uses: AWS's own, or the one at `endpoint`. */
export function ec2Client({ region, profile, accessKey, secretKey, endpoint }: AwsSettings): EC2Client {
  return new EC2Client({
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
    ...(endpoint !== undefined && { endpoint }),
    ...(accessKey !== undefined &&
      secretKey !== undefined && { credentials: { accessKeyId: accessKey, secretAccessKey: secretKey } }),
  });
}

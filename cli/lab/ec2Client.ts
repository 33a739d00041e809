import { EC2Client } from "@aws-sdk/client-ec2";
import type { AwsSettings } from "../settings/settings";

/** A client for the embedded EC2, which has one region for all and takes any credentials. */
export function embeddedClient(endpoint: string): EC2Client {
  return ec2Client({ endpoint, region: "us-east-1", accessKey: "hardway", secretKey: "hardway" });
}

/**
 * A client for the EC2 API that the lab's stack uses: AWS's own, or the one at `endpoint`.
 *
 * @param endpoint where the embedded EC2 really listens, if not where the settings say
 */
export function ec2Client(settings: AwsSettings, endpoint = settings.endpoint): EC2Client {
  const { region, profile, accessKey, secretKey } = settings;
  return new EC2Client({
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
    ...(endpoint !== undefined && { endpoint }),
    ...(accessKey !== undefined &&
      secretKey !== undefined && { credentials: { accessKeyId: accessKey, secretAccessKey: secretKey } }),
  });
}

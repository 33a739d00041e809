import { isDeepStrictEqual } from "node:util";
import { join } from "node:path";
import type { Context } from "./context";
import { readJson, writeWhole } from "../files";
import { confirm } from "../output/confirm";
import type { LabSettings } from "../settings/settings";

/** Which account and region; the other AWS settings do not change who pays. */
type Place = Pick<LabSettings["aws"], "endpoint" | "region" | "profile">;

/**
 * Asks before a lab is first made where machines cost money; --yes answers yes. The answer is kept in the lab's folder, and
 * holds for that account and region only.
 *
 * @throws UserError when there is nobody to ask, or the answer is not yes
 */
export async function agreeToAws(context: Context): Promise<void> {
  const { kind, aws } = context.settings;
  if (kind !== "aws") return;
  const { endpoint, region, profile } = aws;
  const place: Place = JSON.parse(JSON.stringify({ endpoint, region, profile })) as Place;
  const { paths, options } = context;
  const file = join(paths.directory, "agreed-to-aws.json");
  if (isDeepStrictEqual(readJson(file), place)) return;
  const details = [
    region && `region ${region}`,
    profile && `profile ${profile}`,
    endpoint && `not this computer: ${endpoint}`,
  ].filter(Boolean);
  const where = details.length > 0 ? `AWS (${details.join(", ")})` : "AWS";
  await confirm(options, `Make lab "${paths.name}" on ${where}? Its machines cost money until it is removed.`);
  context.makeLabDirectory();
  writeWhole(file, `${JSON.stringify(place)}\n`);
}

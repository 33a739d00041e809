import { hideSecrets, plain, secretStrings, type Properties } from "../plugin/properties";

const credentials = ["password", "privateKey", "privateKeyPassword"];

/**
 * A function that replaces the secrets of a resource in texts that are to be shown: credentials of its connection
 * and every string that came in as a secret, as a whole and line by line.
 * The connection is always secret, but its host and user belong in error messages.
 */
export function redactor(properties: Properties): (text: string) => string {
  const { connection, ...others } = properties;
  const endpoint = plain(connection) as Properties | null;
  const proxy = (endpoint?.proxy ?? {}) as Properties;
  const values = [endpoint ?? {}, proxy].flatMap((each) => credentials.map((key) => each[key]));
  const secrets = [...values.filter((value) => typeof value === "string"), ...secretStrings(others)];
  return hideSecrets(
    secrets.flatMap((value) => [value, value.trim(), ...value.split(/\r?\n/).map((line) => line.trim())]),
  );
}

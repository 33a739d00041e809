import { join } from "node:path";

/** Folder of the Python environment that tests/python.sh makes. @throws when the tests were not started by tests/run.sh */
export function pythonEnv(): string {
  const folder = process.env["HARDWAY_TEST_PYTHON_ENV"];
  if (!folder)
    throw new Error('HARDWAY_TEST_PYTHON_ENV is not set; use: export HARDWAY_TEST_PYTHON_ENV="$(sh tests/python.sh)"');
  return folder;
}

/** The AWS CLI of that environment. */
export const awsCli = (): string => join(pythonEnv(), "bin/aws");

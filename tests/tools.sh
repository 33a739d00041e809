# Sourced in the root of the checkout by the scripts that run tests: gets what the tests need, like the lab itself does, and
# tells them where it is.

# Prints a heading, runs a command, and says how long it took, which a slow test run is looked up by. Ends like the command.
step() {
    title=$1
    shift
    started=$(date +%s)
    printf '\n== %s\n' "$title"
    outcome=ok status=0
    "$@" || { status=$? outcome=failed; }
    printf '== %s: %s after %s s\n' "$title" "$outcome" "$(($(date +%s) - started))"
    return "$status"
}

step "tools" ./hardway setup --dev
PATH="$PWD/node_modules/.bin:$PATH"
HARDWAY_TEST_PULUMI=$(./hardway setup --print-engine)
HARDWAY_TEST_PYTHON_ENV=$(sh tests/python.sh)
# The AWS SDK announces the end of its support for Node.js 20 at every start.
AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true
export PATH HARDWAY_TEST_PULUMI HARDWAY_TEST_PYTHON_ENV AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED

//go:build tools

// Package languages pins what the tests build: the host of Pulumi's YAML, in the version that the engine ships with, and the
// generators of SDKs, which are the engine's.
package languages

import _ "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"

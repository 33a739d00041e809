//go:build tools

package pin

import _ "github.com/coredns/coredns"

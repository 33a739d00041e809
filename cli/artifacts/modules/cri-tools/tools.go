//go:build tools

package pin

import _ "sigs.k8s.io/cri-tools/cmd/crictl"

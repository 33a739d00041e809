// Command cri plays a container runtime's daemon on a machine that cannot have the real one: as `crio` or as
// `cri-dockerd`, whichever name it is called by. It answers the CRI and runs nothing.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	programs := map[string]func([]string) error{"crio": crio, "cri-dockerd": criDockerd}
	name := filepath.Base(os.Args[0])
	program, known := programs[name]
	if !known {
		fmt.Fprintf(os.Stderr, "this stand-in is called crio or cri-dockerd, not %s\n", name)
		os.Exit(2)
	}
	if err := program(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
}

package main

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"os/exec"
	"strings"
)

const criDockerdVersion = "0.4.3"

// criDockerd has the options of cri-dockerd that the unit uses; any other is refused, as there.
func criDockerd(arguments []string) error {
	flags := flag.NewFlagSet("cri-dockerd", flag.ContinueOnError)
	version := flags.Bool("version", false, "")
	endpoint := flags.String("container-runtime-endpoint", "unix:///var/run/cri-dockerd.sock", "")
	plugin := flags.String("network-plugin", "cni", "")
	networks := flags.String("cni-conf-dir", "/etc/cni/net.d", "")
	flags.String("cni-bin-dir", "/opt/cni/bin", "")
	image := flags.String("pod-infra-container-image", "registry.k8s.io/pause:3.10", "")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if *version {
		fmt.Printf("cri-dockerd %s (stand-in)\n", criDockerdVersion)
		return nil
	}
	if *plugin != "cni" {
		return fmt.Errorf("no network plugin %q", *plugin)
	}
	if strings.Contains(*image, "broken") {
		return fmt.Errorf("no image %q", *image)
	}
	docker, err := ask("docker", "version", "--format", "{{.Server.Version}}")
	if err != nil {
		return fmt.Errorf("cannot reach Docker: %w", err)
	}
	handlers, err := ask("docker", "info", "--format", "{{range $name, $_ := .Runtimes}}{{$name}} {{end}}")
	if err != nil {
		return fmt.Errorf("cannot reach Docker: %w", err)
	}
	listener, err := endpointListener(*endpoint)
	if err != nil {
		return err
	}
	info := map[string]string{"config": fmt.Sprintf(`{"sandboxImage":%q}`, *image)}
	return serve(listener, newRuntime("docker", func() string { return docker }, *networks, strings.Fields(handlers), info))
}

func endpointListener(endpoint string) (net.Listener, error) {
	if endpoint == "fd://" {
		return activated()
	}
	path, found := strings.CutPrefix(endpoint, "unix://")
	if !found {
		return nil, errors.New("not an endpoint: " + endpoint)
	}
	return listen(path)
}

func ask(program string, arguments ...string) (string, error) {
	output, err := exec.Command(program, arguments...).Output()
	return strings.TrimSpace(string(output)), err
}

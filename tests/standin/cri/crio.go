package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/BurntSushi/toml"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

const crioVersion = "1.36.3"

// crioConfig is the part of CRI-O's configuration that hardway writes; like CRI-O it drops every other key.
type crioConfig struct {
	Crio struct {
		StorageDriver string `toml:"storage_driver"`
		API           struct {
			Listen string `toml:"listen"`
		} `toml:"api"`
		Runtime struct {
			CgroupManager  string                  `toml:"cgroup_manager"`
			DefaultRuntime string                  `toml:"default_runtime"`
			DropInfra      bool                    `toml:"drop_infra_ctr"`
			PinnsPath      string                  `toml:"pinns_path"`
			Runtimes       map[string]*crioHandler `toml:"runtimes"`
		} `toml:"runtime"`
		Image struct {
			PauseImage      string `toml:"pause_image"`
			SignaturePolicy string `toml:"signature_policy"`
			AuthFile        string `toml:"global_auth_file"`
		} `toml:"image"`
		Network struct {
			NetworkDir string   `toml:"network_dir"`
			PluginDirs []string `toml:"plugin_dirs"`
		} `toml:"network"`
	} `toml:"crio"`
}

type crioHandler struct {
	RuntimePath   string   `toml:"runtime_path"`
	RuntimeRoot   string   `toml:"runtime_root"`
	RuntimeType   string   `toml:"runtime_type"`
	ConfigPath    string   `toml:"runtime_config_path,omitempty"`
	Privileged    bool     `toml:"privileged_without_host_devices,omitempty"`
	MonitorPath   string   `toml:"monitor_path,omitempty"`
	MonitorCgroup string   `toml:"monitor_cgroup,omitempty"`
	MonitorEnv    []string `toml:"monitor_env,omitempty"`
}

// crio is the daemon, and with `status` the client that asks it.
func crio(arguments []string) error {
	flags := flag.NewFlagSet("crio", flag.ContinueOnError)
	version := flags.Bool("version", false, "")
	// Upstream has one place for this; the tests' daemon is not on a machine of its own.
	root := flags.String("root-folder", "", "")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if *version {
		fmt.Printf("crio version %s\n   GitCommit: stand-in\n", crioVersion)
		return nil
	}
	if flags.Arg(0) == "status" {
		return crioStatus(flags.Args()[1:])
	}
	config, err := readCrioConfig(*root)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := toml.NewEncoder(&text).Encode(config); err != nil {
		return err
	}
	socket := filepath.Join(*root, config.Crio.API.Listen)
	if err := os.MkdirAll(filepath.Dir(socket), 0o755); err != nil {
		return err
	}
	listener, err := listen(socket)
	if err != nil {
		return err
	}
	handlers := []string{}
	for name := range config.Crio.Runtime.Runtimes {
		handlers = append(handlers, name)
	}
	slices.Sort(handlers)
	networks := filepath.Join(*root, config.Crio.Network.NetworkDir)
	info := map[string]string{"config": text.String()}
	return serve(listener, newRuntime("cri-o", func() string { return crioVersion }, networks, handlers, info))
}

// readCrioConfig merges the drop-ins in the order of their names, over CRI-O's defaults.
func readCrioConfig(root string) (*crioConfig, error) {
	config := &crioConfig{}
	config.Crio.API.Listen = "/var/run/crio/crio.sock"
	config.Crio.Runtime.CgroupManager, config.Crio.Runtime.DefaultRuntime, config.Crio.Runtime.DropInfra = "systemd", "crun", true
	config.Crio.Image.PauseImage = "registry.k8s.io/pause:3.10.1"
	config.Crio.Network.NetworkDir, config.Crio.Network.PluginDirs = "/etc/cni/net.d/", []string{"/opt/cni/bin/"}
	files, err := filepath.Glob(filepath.Join(root, "/etc/crio/crio.conf.d/*"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if _, err := toml.DecodeFile(file, config); err != nil {
			return nil, fmt.Errorf("unable to decode configuration %s: %w", file, err)
		}
	}
	return config, checkCrioConfig(config, root)
}

// checkCrioConfig finds what CRI-O finds: it ignores a handler that is not there, unless it is the default.
func checkCrioConfig(config *crioConfig, root string) error {
	runtime := &config.Crio.Runtime
	if !slices.Contains([]string{"systemd", "cgroupfs"}, runtime.CgroupManager) {
		return fmt.Errorf("unable to update cgroup manager: invalid cgroup manager: %s", runtime.CgroupManager)
	}
	if !slices.Contains([]string{"", "overlay", "vfs", "btrfs", "zfs"}, config.Crio.StorageDriver) {
		return fmt.Errorf("driver not supported: %s", config.Crio.StorageDriver)
	}
	if runtime.Runtimes[runtime.DefaultRuntime] == nil {
		return fmt.Errorf("default_runtime set to %q, but no runtime entry table was found", runtime.DefaultRuntime)
	}
	for name, handler := range runtime.Runtimes {
		err := checkHandler(name, handler, root)
		if err != nil && name == runtime.DefaultRuntime {
			return fmt.Errorf("invalid runtime_path for runtime %q: %w", name, err)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "Runtime handler %q is being ignored due to: %v\n", name, err)
			delete(runtime.Runtimes, name)
		}
	}
	_, err := os.Stat(filepath.Join(root, config.Crio.Image.SignaturePolicy))
	return err
}

func checkHandler(name string, handler *crioHandler, root string) error {
	if err := findProgram(name, &handler.RuntimePath, root); err != nil || handler.RuntimeType == "vm" {
		return err
	}
	return findProgram("conmon", &handler.MonitorPath, root)
}

// findProgram takes a program without a path from the PATH, and says so in the configuration, as CRI-O does.
func findProgram(name string, path *string, root string) error {
	if *path != "" {
		_, err := os.Stat(filepath.Join(root, *path))
		return err
	}
	found, err := exec.LookPath(name)
	*path = found
	return err
}

// crioStatus prints what the running daemon has, as `crio status config` does.
func crioStatus(arguments []string) error {
	flags := flag.NewFlagSet("crio status", flag.ContinueOnError)
	socket := flags.String("socket", "/var/run/crio/crio.sock", "")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if flags.Arg(0) != "config" {
		return errors.New("this stand-in knows the status of its config only")
	}
	connection, err := grpc.NewClient("unix:"+*socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close()
	within, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	answer, err := cri.NewRuntimeServiceClient(connection).Status(within, &cri.StatusRequest{Verbose: true})
	if err != nil {
		return err
	}
	fmt.Print(answer.Info["config"])
	return nil
}

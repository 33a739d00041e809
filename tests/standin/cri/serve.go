package main

import (
	"context"
	"errors"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"google.golang.org/grpc"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// serve answers the CRI on the listener until the process is told to end.
func serve(listener net.Listener, runtime *runtime) error {
	server := grpc.NewServer()
	cri.RegisterRuntimeServiceServer(server, runtime)
	cri.RegisterImageServiceServer(server, newImages())
	ended, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	go func() {
		<-ended.Done()
		server.GracefulStop()
	}()
	if err := notifyReady(); err != nil {
		return err
	}
	return server.Serve(listener)
}

// listen makes a unix socket at path; one that a dead process left there is replaced.
func listen(path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	return listener, os.Chmod(path, 0o660)
}

// activated is the socket that systemd made for us (sd_listen_fds(3)).
func activated() (net.Listener, error) {
	if pid, _ := strconv.Atoi(os.Getenv("LISTEN_PID")); pid != os.Getpid() || os.Getenv("LISTEN_FDS") != "1" {
		return nil, errors.New("no sockets found via socket activation: make sure the service was started by systemd")
	}
	const first = 3
	syscall.CloseOnExec(first)
	return net.FileListener(os.NewFile(first, "socket"))
}

// notifyReady tells systemd that a service of Type=notify has started (sd_notify(3)).
func notifyReady() error {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return nil
	}
	connection, err := net.Dial("unixgram", path)
	if err != nil {
		return err
	}
	defer connection.Close()
	_, err = connection.Write([]byte("READY=1"))
	return err
}

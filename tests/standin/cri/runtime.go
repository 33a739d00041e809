package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// runtime keeps sandboxes and containers in its memory and starts no process for them.
type runtime struct {
	cri.UnimplementedRuntimeServiceServer
	name    string
	version func() string
	// Folder with the CNI configuration that NetworkReady is about.
	networks string
	handlers []string
	info     map[string]string

	mutex      sync.Mutex
	count      int
	sandboxes  map[string]*cri.PodSandboxStatus
	containers map[string]*cri.ContainerStatus
	// Sandbox of each container.
	owners map[string]string
}

func newRuntime(name string, version func() string, networks string, handlers []string, info map[string]string) *runtime {
	return &runtime{
		name: name, version: version, networks: networks, handlers: handlers, info: info,
		sandboxes: map[string]*cri.PodSandboxStatus{}, containers: map[string]*cri.ContainerStatus{}, owners: map[string]string{},
	}
}

func (r *runtime) Version(context.Context, *cri.VersionRequest) (*cri.VersionResponse, error) {
	return &cri.VersionResponse{Version: "0.1.0", RuntimeName: r.name, RuntimeVersion: r.version(), RuntimeApiVersion: "v1"}, nil
}

func (r *runtime) Status(_ context.Context, request *cri.StatusRequest) (*cri.StatusResponse, error) {
	network := &cri.RuntimeCondition{Type: cri.NetworkReady, Status: true}
	if !r.hasNetwork() {
		network = &cri.RuntimeCondition{Type: cri.NetworkReady, Reason: "NetworkPluginNotReady", Message: "no CNI configuration file in " + r.networks}
	}
	response := &cri.StatusResponse{Status: &cri.RuntimeStatus{Conditions: []*cri.RuntimeCondition{
		{Type: cri.RuntimeReady, Status: true}, network,
	}}}
	for _, handler := range r.handlers {
		response.RuntimeHandlers = append(response.RuntimeHandlers, &cri.RuntimeHandler{Name: handler})
	}
	if request.Verbose {
		response.Info = r.info
	}
	return response, nil
}

func (r *runtime) hasNetwork() bool {
	entries, _ := os.ReadDir(r.networks)
	return slices.ContainsFunc(entries, func(entry os.DirEntry) bool {
		return slices.Contains([]string{".conf", ".conflist", ".json"}, filepath.Ext(entry.Name()))
	})
}

func (r *runtime) id() string {
	r.count++
	return fmt.Sprintf("%064x", r.count)
}

func (r *runtime) RunPodSandbox(_ context.Context, request *cri.RunPodSandboxRequest) (*cri.RunPodSandboxResponse, error) {
	if request.RuntimeHandler != "" && !slices.Contains(r.handlers, request.RuntimeHandler) {
		return nil, status.Errorf(codes.InvalidArgument, "no runtime for handler %q is configured", request.RuntimeHandler)
	}
	if !r.hasNetwork() {
		return nil, status.Error(codes.Unknown, "no CNI configuration file in "+r.networks)
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	id := r.id()
	r.sandboxes[id] = &cri.PodSandboxStatus{
		Id: id, Metadata: request.Config.Metadata, State: cri.PodSandboxState_SANDBOX_READY, CreatedAt: time.Now().UnixNano(),
		Network: &cri.PodSandboxNetworkStatus{Ip: "192.0.2.2"}, Labels: request.Config.Labels,
		Annotations: request.Config.Annotations, RuntimeHandler: request.RuntimeHandler,
	}
	return &cri.RunPodSandboxResponse{PodSandboxId: id}, nil
}

func (r *runtime) StopPodSandbox(_ context.Context, request *cri.StopPodSandboxRequest) (*cri.StopPodSandboxResponse, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if sandbox := r.sandboxes[request.PodSandboxId]; sandbox != nil {
		sandbox.State = cri.PodSandboxState_SANDBOX_NOTREADY
	}
	return &cri.StopPodSandboxResponse{}, nil
}

func (r *runtime) RemovePodSandbox(_ context.Context, request *cri.RemovePodSandboxRequest) (*cri.RemovePodSandboxResponse, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	delete(r.sandboxes, request.PodSandboxId)
	for container, owner := range r.owners {
		if owner == request.PodSandboxId {
			delete(r.containers, container)
			delete(r.owners, container)
		}
	}
	return &cri.RemovePodSandboxResponse{}, nil
}

func (r *runtime) PodSandboxStatus(_ context.Context, request *cri.PodSandboxStatusRequest) (*cri.PodSandboxStatusResponse, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	sandbox := r.sandboxes[request.PodSandboxId]
	if sandbox == nil {
		return nil, status.Errorf(codes.NotFound, "no sandbox %s", request.PodSandboxId)
	}
	return &cri.PodSandboxStatusResponse{Status: sandbox}, nil
}

func (r *runtime) ListPodSandbox(_ context.Context, request *cri.ListPodSandboxRequest) (*cri.ListPodSandboxResponse, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	response := &cri.ListPodSandboxResponse{}
	for _, sandbox := range r.sandboxes {
		if matches(sandbox.Labels, request.GetFilter().GetLabelSelector()) {
			response.Items = append(response.Items, &cri.PodSandbox{
				Id: sandbox.Id, Metadata: sandbox.Metadata, State: sandbox.State, CreatedAt: sandbox.CreatedAt,
				Labels: sandbox.Labels, Annotations: sandbox.Annotations, RuntimeHandler: sandbox.RuntimeHandler,
			})
		}
	}
	return response, nil
}

func matches(labels, selector map[string]string) bool {
	for key, value := range selector {
		if labels[key] != value {
			return false
		}
	}
	return true
}

func (r *runtime) CreateContainer(_ context.Context, request *cri.CreateContainerRequest) (*cri.CreateContainerResponse, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.sandboxes[request.PodSandboxId] == nil {
		return nil, status.Errorf(codes.NotFound, "no sandbox %s", request.PodSandboxId)
	}
	id := r.id()
	r.owners[id] = request.PodSandboxId
	r.containers[id] = &cri.ContainerStatus{
		Id: id, Metadata: request.Config.Metadata, State: cri.ContainerState_CONTAINER_CREATED, CreatedAt: time.Now().UnixNano(),
		Image: request.Config.Image, Labels: request.Config.Labels, Annotations: request.Config.Annotations,
	}
	return &cri.CreateContainerResponse{ContainerId: id}, nil
}

func (r *runtime) StartContainer(_ context.Context, request *cri.StartContainerRequest) (*cri.StartContainerResponse, error) {
	return &cri.StartContainerResponse{}, r.with(request.ContainerId, func(container *cri.ContainerStatus) {
		container.State, container.StartedAt = cri.ContainerState_CONTAINER_RUNNING, time.Now().UnixNano()
	})
}

func (r *runtime) StopContainer(_ context.Context, request *cri.StopContainerRequest) (*cri.StopContainerResponse, error) {
	return &cri.StopContainerResponse{}, r.with(request.ContainerId, func(container *cri.ContainerStatus) {
		container.State, container.FinishedAt = cri.ContainerState_CONTAINER_EXITED, time.Now().UnixNano()
	})
}

func (r *runtime) RemoveContainer(_ context.Context, request *cri.RemoveContainerRequest) (*cri.RemoveContainerResponse, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	delete(r.containers, request.ContainerId)
	delete(r.owners, request.ContainerId)
	return &cri.RemoveContainerResponse{}, nil
}

func (r *runtime) ContainerStatus(_ context.Context, request *cri.ContainerStatusRequest) (*cri.ContainerStatusResponse, error) {
	response := &cri.ContainerStatusResponse{}
	return response, r.with(request.ContainerId, func(container *cri.ContainerStatus) { response.Status = container })
}

// ExecSync answers with the command that it was asked to run.
func (r *runtime) ExecSync(_ context.Context, request *cri.ExecSyncRequest) (*cri.ExecSyncResponse, error) {
	response := &cri.ExecSyncResponse{Stdout: []byte(strings.Join(request.Cmd, " ") + "\n")}
	return response, r.with(request.ContainerId, func(*cri.ContainerStatus) {})
}

func (r *runtime) with(id string, do func(*cri.ContainerStatus)) error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	container := r.containers[id]
	if container == nil {
		return status.Errorf(codes.NotFound, "no container %s", id)
	}
	do(container)
	return nil
}

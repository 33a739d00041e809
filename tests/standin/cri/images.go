package main

import (
	"context"
	"sync"

	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// images believes that it has every image that it was asked to pull.
type images struct {
	cri.UnimplementedImageServiceServer
	mutex  sync.Mutex
	pulled map[string]*cri.Image
}

func newImages() *images { return &images{pulled: map[string]*cri.Image{}} }

func (i *images) PullImage(_ context.Context, request *cri.PullImageRequest) (*cri.PullImageResponse, error) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	name := request.Image.Image
	i.pulled[name] = &cri.Image{Id: "sha256:" + name, RepoTags: []string{name}, Size: 1}
	return &cri.PullImageResponse{ImageRef: i.pulled[name].Id}, nil
}

func (i *images) ImageStatus(_ context.Context, request *cri.ImageStatusRequest) (*cri.ImageStatusResponse, error) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	return &cri.ImageStatusResponse{Image: i.pulled[request.Image.Image]}, nil
}

func (i *images) ListImages(context.Context, *cri.ListImagesRequest) (*cri.ListImagesResponse, error) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	response := &cri.ListImagesResponse{}
	for _, image := range i.pulled {
		response.Images = append(response.Images, image)
	}
	return response, nil
}

func (i *images) RemoveImage(_ context.Context, request *cri.RemoveImageRequest) (*cri.RemoveImageResponse, error) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	delete(i.pulled, request.Image.Image)
	return &cri.RemoveImageResponse{}, nil
}

func (i *images) ImageFsInfo(context.Context, *cri.ImageFsInfoRequest) (*cri.ImageFsInfoResponse, error) {
	return &cri.ImageFsInfoResponse{}, nil
}

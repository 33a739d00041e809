module hardway/cri-dockerd

go 1.23.7

require github.com/Mirantis/cri-dockerd v0.4.0

module aws-masker/go-bridge

go 1.22

require (
	github.com/Kong/go-pdk v0.11.0
	google.golang.org/protobuf v1.36.6
)

require go.yaml.in/yaml/v3 v3.0.6 // indirect

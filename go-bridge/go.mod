module aws-masker/go-bridge

go 1.24

require (
	github.com/Kong/go-pdk v0.11.0
	github.com/andybalholm/brotli v1.2.0
	github.com/klauspost/compress v1.18.0
	go.yaml.in/yaml/v3 v3.0.6
	google.golang.org/protobuf v1.36.6
)

require github.com/ugorji/go/codec v1.2.12 // indirect

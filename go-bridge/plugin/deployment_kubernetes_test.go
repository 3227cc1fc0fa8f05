package plugin

import (
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// resource is what the test looks at of a Kubernetes resource.
type resource struct {
	Kind     string
	Metadata struct {
		Name        string
		Annotations map[string]string
	}
	Spec struct {
		Type         string
		ExternalName string `yaml:"externalName"`
		Ports        []struct{ Port int }
		Rules        []struct {
			HTTP struct {
				Paths []struct {
					Path    string
					Backend struct {
						Service struct {
							Name string
							Port struct{ Number int }
						}
					}
				}
			}
		}
	}
}

// resources are those of the Kubernetes deployment by kind and name, such as Service/anthropic.
func resources(t *testing.T) map[string]resource {
	t.Helper()
	out := map[string]resource{}
	for _, document := range documents(t)[deployment+"/kubernetes/plugins.yaml"] {
		text, err := yaml.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		var r resource
		if err := yaml.Unmarshal(text, &r); err != nil {
			t.Fatal(err)
		}
		name := r.Kind + "/" + r.Metadata.Name
		if _, twice := out[name]; twice {
			t.Errorf("%s is there twice", name)
		}
		out[name] = r
	}
	return out
}

// TestTheIngressReachesItsUpstreamByTLS: the Service is there, Kong speaks TLS to it, and the name that Kong sends in Host
// and asks for in TLS is the upstream's, not the one that the client called.
func TestTheIngressReachesItsUpstreamByTLS(t *testing.T) {
	all := resources(t)
	checked := 0
	for name, ingress := range all {
		if ingress.Kind != "Ingress" {
			continue
		}
		for _, plugin := range strings.Split(ingress.Metadata.Annotations["konghq.com/plugins"], ",") {
			if _, found := all["KongPlugin/"+plugin]; !found {
				t.Errorf("%s has no plugin %q", name, plugin)
			}
		}
		for annotation, want := range map[string]string{"preserve-host": "false", "strip-path": "true", "response-buffering": "false"} {
			if got := ingress.Metadata.Annotations["konghq.com/"+annotation]; got != want {
				t.Errorf("%s has %s %q", name, annotation, got)
			}
		}
		for _, rule := range ingress.Spec.Rules {
			for _, path := range rule.HTTP.Paths {
				checked++
				backend := path.Backend.Service
				service, found := all["Service/"+backend.Name]
				if !found {
					t.Errorf("%s%s has no Service %q", name, path.Path, backend.Name)
					continue
				}
				host, annotations := service.Spec.ExternalName, service.Metadata.Annotations
				if service.Spec.Type != "ExternalName" || host == "" || annotations["konghq.com/host-header"] != host {
					t.Errorf("Service %s is for %q and sends the host %q", backend.Name, host, annotations["konghq.com/host-header"])
				}
				if backend.Port.Number != 443 || annotations["konghq.com/protocol"] != "https" {
					t.Errorf("Service %s: port %d is spoken to with %q", backend.Name, backend.Port.Number, annotations["konghq.com/protocol"])
				}
				if ports := fmt.Sprint(service.Spec.Ports); ports != "[{443}]" {
					t.Errorf("Service %s has the ports %s", backend.Name, ports)
				}
			}
		}
	}
	if checked == 0 {
		t.Error("no Ingress leads anywhere")
	}
}

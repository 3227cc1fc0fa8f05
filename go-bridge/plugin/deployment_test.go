package plugin

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"aws-masker/go-bridge/engine"
)

// deployment is the directory of what an operator installs.
const deployment = "../../kong"

// documents parses every YAML and JSON file of the deployment.
func documents(t *testing.T) map[string][]any {
	t.Helper()
	found := map[string][]any{}
	err := filepath.WalkDir(deployment, func(path string, _ fs.DirEntry, err error) error {
		if extension := filepath.Ext(path); err != nil || extension != ".yml" && extension != ".yaml" && extension != ".json" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for decoder := yaml.NewDecoder(bytes.NewReader(text)); ; { // JSON is YAML
			var document any
			err := decoder.Decode(&document)
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			found[path] = append(found[path], document)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// walk visits every mapping of a document.
func walk(value any, visit func(map[string]any)) {
	switch v := value.(type) {
	case map[string]any:
		visit(v)
		for _, inner := range v {
			walk(inner, visit)
		}
	case []any:
		for _, inner := range v {
			walk(inner, visit)
		}
	}
}

// TestTheDeploymentsConfigurationsAreAccepted holds every field to the streaming schema and gives the whole to the engine.
func TestTheDeploymentsConfigurationsAreAccepted(t *testing.T) {
	declared, _ := configFields(t)
	kinds := map[string]string{"streaming": "boolean"}
	for _, f := range declared {
		kinds[f.name], _ = f.def["type"].(string)
	}
	checked := 0
	for path, all := range documents(t) {
		walk(all, func(entity map[string]any) {
			config, has := entity["config"].(map[string]any)
			if !has || entity["name"] != name && entity["plugin"] != name {
				return
			}
			checked++
			for field, value := range plain(t, config) {
				if kind, known := kinds[field]; !known || !isOfKind(value, kind) {
					t.Errorf("%s: %s is %v; the schema has a %q", path, field, value, kind)
				}
			}
			delete(config, "streaming")
			text, err := json.Marshal(config)
			if err != nil {
				t.Fatal(err)
			}
			_, engineConfig, err := readConfig(text)
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			masker, err := engine.New([]byte(engineConfig))
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			masker.Close()
		})
	}
	if checked != 4 {
		t.Errorf("%d configurations", checked)
	}
}

// plain is a mapping of YAML as JSON has it.
func plain(t *testing.T, mapping map[string]any) map[string]any {
	t.Helper()
	text, err := json.Marshal(mapping)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// kongSettings are the settings of kong.conf in a file, by their names there.
func kongSettings(path string, text []byte, all []any) map[string]string {
	settings := map[string]string{}
	if filepath.Ext(path) == ".conf" {
		for _, line := range regexp.MustCompile(`(?m)^(\w+) = (.*)$`).FindAllStringSubmatch(string(text), -1) {
			settings[line[1]] = line[2]
		}
	}
	walk(all, func(entity map[string]any) {
		if name, ok := entity["name"].(string); ok && strings.HasPrefix(name, "KONG_") {
			settings[strings.ToLower(strings.TrimPrefix(name, "KONG_"))], _ = entity["value"].(string)
		}
		for name, value := range entity {
			text, isText := value.(string)
			if key := strings.ToLower(strings.TrimPrefix(name, "KONG_")); isText && (key != name || strings.HasPrefix(key, "pluginserver_") ||
				key == "plugins" || strings.HasPrefix(key, "nginx_")) {
				settings[key] = text
			}
		}
	})
	return settings
}

// TestTheDeploymentsSayTheSameToBothCommands: start and query must agree on the mode, and with what else it needs.
func TestTheDeploymentsSayTheSameToBothCommands(t *testing.T) {
	files := documents(t)
	for _, path := range []string{deployment + "/kong.conf", deployment + "/streaming/kong.conf"} {
		files[path] = nil
	}
	checked := 0
	for path, all := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		settings := kongSettings(path, text, all)
		start, query := settings["pluginserver_aws_masker_start_cmd"], settings["pluginserver_aws_masker_query_cmd"]
		if start == "" && query == "" {
			continue
		}
		checked++
		streaming := strings.Contains(start, " -streaming")
		companion := strings.Contains(settings["plugins"], "aws-masker-stream")
		if strings.Contains(query, " -streaming") != streaming || companion != streaming {
			t.Errorf("%s: start %q, query %q, plugins %q", path, start, query, settings["plugins"])
		}
		if !strings.HasSuffix(query, "-dump") || !strings.Contains(settings["plugins"], "bundled,aws-masker") ||
			settings["pluginserver_names"] != name {
			t.Errorf("%s: %v", path, settings)
		}
		for i, variable := range strings.Split(settings["nginx_main_env"], "; ") {
			if i > 0 && !regexp.MustCompile(`^env \w+$`).MatchString(variable) || i == 0 && strings.Contains(variable, " ") {
				t.Errorf("%s: nginx_main_env has %q", path, variable)
			}
		}
		if settings["nginx_http_client_body_buffer_size"] == "" {
			t.Errorf("%s: bodies go into files", path)
		}
	}
	if checked != 5 {
		t.Errorf("%d deployments", checked)
	}
}

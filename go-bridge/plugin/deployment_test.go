package plugin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// deployment is the directory of what an operator installs.
const deployment = "../../kong"

// documents parses every YAML and JSON file of the deployment, and the declarative configuration that stands in one as a
// text.
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
				break
			}
			if err != nil {
				return err
			}
			found[path] = append(found[path], document)
		}
		if inside := kongSettings(path, text, found[path])["declarative_config_string"]; inside != "" {
			var document any
			if err := yaml.Unmarshal([]byte(inside), &document); err != nil {
				return fmt.Errorf("%s: KONG_DECLARATIVE_CONFIG_STRING: %w", path, err)
			}
			found[path] = append(found[path], document)
		}
		return nil
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

// deployedPlugin is one of our plugins in a file of the deployment.
type deployedPlugin struct {
	path   string
	name   string
	config map[string]any
}

// deployedPlugins are all of them: in the lists of declarative configurations, and the resources of Kong Ingress Controller.
func deployedPlugins(t *testing.T) []deployedPlugin {
	t.Helper()
	var found []deployedPlugin
	add := func(path string, plugin, config any) {
		if plugin == name || plugin == companion {
			block, _ := config.(map[string]any)
			found = append(found, deployedPlugin{path, plugin.(string), plain(t, block)})
		}
	}
	for path, all := range documents(t) {
		walk(all, func(entity map[string]any) {
			list, _ := entity["plugins"].([]any)
			for _, entry := range list {
				plugin, _ := entry.(map[string]any)
				add(path, plugin["name"], plugin["config"])
			}
			if entity["kind"] == "KongPlugin" {
				add(path, entity["plugin"], entity["config"])
			}
		})
	}
	return found
}

// plain is a mapping of YAML as JSON has it.
func plain(t *testing.T, mapping map[string]any) map[string]any {
	t.Helper()
	text, err := json.Marshal(mapping)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// modes are who restores the responses, by the directories of the deployment: what its commands say.
func modes(t *testing.T) map[string]Mode {
	t.Helper()
	out := map[string]Mode{}
	for path, settings := range deployments(t) {
		out[filepath.Dir(path)] = Buffered
		if strings.Contains(settings["pluginserver_aws_masker_start_cmd"], " -streaming") {
			out[filepath.Dir(path)] = Streaming
		}
	}
	return out
}

// TestTheDeploymentsConfigurationsAreAccepted holds every configuration to the schema that Kong has in that deployment,
// value by value and check by check, and starts an instance with what Kong accepts.
func TestTheDeploymentsConfigurationsAreAccepted(t *testing.T) {
	modes, records := modes(t), map[Mode]map[string]any{Buffered: configRecord(t, Buffered), Streaming: configRecord(t, Streaming)}
	restorer := companionRecord(t)
	found := map[string]map[string]bool{} // the plugins of each file
	for _, deployed := range deployedPlugins(t) {
		if found[deployed.path] == nil {
			found[deployed.path] = map[string]bool{}
		}
		found[deployed.path][deployed.name] = true
		mode := modes[filepath.Dir(deployed.path)]
		record := records[mode]
		if deployed.name == companion {
			record = restorer
		}
		for _, fault := range recordFaults(t, record, deployed.config) {
			t.Errorf("%s: %s: %s", deployed.path, deployed.name, fault)
		}
		if deployed.name == companion {
			continue
		}
		if err := starts(t, mode, deployed.config); err != nil {
			t.Errorf("%s: %v", deployed.path, err)
		}
	}
	for path, plugins := range found {
		mode, hasCommands := modes[filepath.Dir(path)]
		if !hasCommands {
			t.Errorf("%s: nothing beside it starts the plugin server", path)
		}
		if !plugins[name] || plugins[companion] != (mode == Streaming) {
			t.Errorf("%s has the plugins %v in mode %v", path, plugins, mode)
		}
	}
	if len(found) != 5 {
		t.Errorf("%d files with plugins", len(found))
	}
}

// companionRecord is the config record of the companion's schema, as Lua has it.
func companionRecord(t *testing.T) map[string]any {
	t.Helper()
	lua := exec.Command("luajit", "-", deployment+"/plugins/"+companion+"/schema.lua")
	lua.Stdin = strings.NewReader(`
		package.preload["kong.db.schema.typedefs"] = function() return { protocols_http = { type = "set" } } end
		print(require("cjson").encode(dofile(arg[1])))`)
	text, err := lua.CombinedOutput()
	if err != nil {
		t.Fatalf("the companion's schema: %v\n%s", err, text)
	}
	var schema struct {
		Name   string
		Fields []map[string]map[string]any
	}
	if err := json.Unmarshal(text, &schema); err != nil || schema.Name != companion {
		t.Fatalf("the companion's schema: %v\n%s", err, text)
	}
	for _, field := range schema.Fields {
		if config, found := field["config"]; found {
			if empty, ok := config["fields"].(map[string]any); ok && len(empty) == 0 { // cjson's empty table
				config["fields"] = []any{}
			}
			return config
		}
	}
	t.Fatalf("the companion's schema has no config: %s", text)
	return nil
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
				key == "plugins" || key == "prefix" || strings.HasPrefix(key, "nginx_")) {
				settings[key] = text
			}
		}
	})
	return settings
}

// deployments are the settings of every file that starts the plugin server.
func deployments(t *testing.T) map[string]map[string]string {
	t.Helper()
	files := documents(t)
	for _, path := range []string{deployment + "/kong.conf", deployment + "/streaming/kong.conf"} {
		files[path] = nil
	}
	out := map[string]map[string]string{}
	for path, all := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		settings := kongSettings(path, text, all)
		if settings["pluginserver_aws_masker_start_cmd"] != "" || settings["pluginserver_aws_masker_query_cmd"] != "" {
			out[path] = settings
		}
	}
	if len(out) != 5 {
		t.Errorf("%d deployments", len(out))
	}
	return out
}

// TestTheDeploymentsSayTheSameToBothCommands: start and query must agree on the mode, and with what else it needs.
func TestTheDeploymentsSayTheSameToBothCommands(t *testing.T) {
	for path, settings := range deployments(t) {
		start, query := settings["pluginserver_aws_masker_start_cmd"], settings["pluginserver_aws_masker_query_cmd"]
		streaming := strings.Contains(start, " -streaming")
		companion := strings.Contains(settings["plugins"], companion)
		if strings.Contains(query, " -streaming") != streaming || companion != streaming {
			t.Errorf("%s: start %q, query %q, plugins %q", path, start, query, settings["plugins"])
		}
		if !strings.HasSuffix(query, "-dump") || !strings.Contains(settings["plugins"], "bundled,aws-masker") ||
			settings["pluginserver_names"] != name {
			t.Errorf("%s: %v", path, settings)
		}
		prefix := "/usr/local/kong"
		if settings["prefix"] != "" {
			prefix = filepath.Clean(settings["prefix"])
		}
		if words := strings.Fields(start); !slices.Contains(words, "-kong-prefix") || words[slices.Index(words, "-kong-prefix")+1] != prefix {
			t.Errorf("%s: Kong looks for the socket in %s, and starts %q", path, prefix, start)
		}
		for i, variable := range strings.Split(settings["nginx_main_env"], "; ") {
			if i > 0 && !regexp.MustCompile(`^env \w+$`).MatchString(variable) || i == 0 && strings.Contains(variable, " ") {
				t.Errorf("%s: nginx_main_env has %q", path, variable)
			}
		}
		if strings.ContainsAny(settings["declarative_config_string"], "#\n") {
			t.Errorf("%s: Kong takes # for a comment in a setting, and a setting for one line", path)
		}
		if settings["nginx_http_client_body_buffer_size"] == "" {
			t.Errorf("%s: bodies go into files", path)
		}
	}
}

// TestADeploymentWithIAMPassesEveryVariableOfIt: the plugin server sees what nginx_main_env names, and finds no credentials
// without the one that is set where it runs.
func TestADeploymentWithIAMPassesEveryVariableOfIt(t *testing.T) {
	readme, err := os.ReadFile(deployment + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	var needed []string
	for _, row := range regexp.MustCompile(`(?m)^\|(.*)\| IAM: .*$`).FindAllStringSubmatch(string(readme), -1) {
		for _, variable := range regexp.MustCompile(`\x60(\w+)\x60`).FindAllStringSubmatch(row[1], -1) {
			needed = append(needed, variable[1])
		}
	}
	for _, known := range []string{"AWS_ROLE_ARN", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"} {
		if !slices.Contains(needed, known) {
			t.Errorf("README.md does not list %s for IAM, but %v", known, needed)
		}
	}
	signing := map[string]bool{} // the directories whose configuration logs in by IAM
	for _, deployed := range deployedPlugins(t) {
		if deployed.config["redis_iam_auth"] == true {
			signing[filepath.Dir(deployed.path)] = true
		}
	}
	checked := 0
	for path, settings := range deployments(t) {
		if !signing[filepath.Dir(path)] {
			continue
		}
		checked++
		passed := strings.Split(settings["nginx_main_env"], "; env ")
		for _, variable := range needed {
			if !slices.Contains(passed, variable) {
				t.Errorf("%s does not pass %s", path, variable)
			}
		}
	}
	if checked == 0 {
		t.Error("no deployment logs in by IAM")
	}
}

// TestTheDeploymentsHaveTheConfigurationThatTheyName: neither the image nor a task has a file that nobody put there.
func TestTheDeploymentsHaveTheConfigurationThatTheyName(t *testing.T) {
	checked := 0
	for path, settings := range deployments(t) {
		file := settings["declarative_config"]
		if file == "" {
			continue
		}
		checked++
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		mount := regexp.MustCompile(`(?m)^\s+- (\S+):` + regexp.QuoteMeta(file) + `:ro$`).FindStringSubmatch(string(text))
		if mount == nil {
			t.Errorf("%s names %s and mounts nothing there", path, file)
		} else if _, err := os.Stat(filepath.Join(filepath.Dir(path), mount[1])); err != nil {
			t.Errorf("%s mounts what is not there: %v", path, err)
		}
	}
	if checked == 0 {
		t.Error("no deployment names a file")
	}
}
